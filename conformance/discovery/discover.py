"""The steps of a discovery, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Target
from conformance.secret import Secret

from .base_url import Endpoint, EndpointSearch
from .bodies import body_findings
from .capabilities import capability_findings
from .client import BudgetExhausted, DiscoveryClient, ProbeContext
from .credentials import CredentialProbe, own_credential_findings
from .findings import Finding, shown_finding
from .limits import batch_findings, length_findings
from .probing import vectors_in
from .profiles import ProfileSearch
from .tuning import load_findings, tokenizer_finding


@dataclass(frozen=True)
class DiscoveryOptions:
    """The user's input: the base URL, headers, and a model and a profile (None to find them).

    ``contract`` is the user's own contract, or None for the included one, whose profiles differ in their credentials;
    ``parameters`` are the values of its parameters that the user gives. ``shown_url`` is the URL without credentials.
    ``timeout`` is that of one request, in seconds. ``redact`` masks credentials in texts of the target.
    """

    url: str
    shown_url: str
    headers: Sequence[tuple[str, Secret]]
    model: str | None
    profile: str | None
    timeout: float
    redact: Callable[[str], str]
    contract: Contract | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discovery:
    """The findings, in the order of the requests, and the number of requests."""

    findings: tuple[Finding, ...]
    requests: int


async def discover(target: Target, options: DiscoveryOptions) -> Discovery:
    """Send requests to *target*, one after the other, and return the findings.

    Raises Unreachable; DiscoveryFailed if no plain request gets embeddings; MissingCredentials if the given profile
    needs other credentials than those given.
    """
    async with target:
        client = DiscoveryClient(target, options.redact)
        findings: list[Finding] = []
        try:
            await _collect(_findings(client, options), findings)
        except BudgetExhausted:
            findings.append(
                shown_finding(f"incomplete: the limit of requests was reached ({client.sent} sent)")
            )
        return Discovery(tuple(findings), client.sent)


async def _collect(source: AsyncIterator[Finding], into: list[Finding]) -> None:
    """Append each finding at once, so that those before an exception are kept."""
    async for finding in source:
        into.append(finding)  # noqa: PERF401 - a comprehension would lose all of them


async def _findings(client: DiscoveryClient, options: DiscoveryOptions) -> AsyncIterator[Finding]:
    contract = options.contract or Contract.load()
    base_path = urlsplit(options.url).path.rstrip("/")
    plain = PlainRequests(contract, base_path, tuple(options.headers), options.parameters)
    endpoint = await EndpointSearch(client, plain, options.url, options.shown_url, options.model).find()
    base_url, model = endpoint.findings
    yield base_url
    for finding in await _credential_findings(client, endpoint, options):
        yield finding
    yield model
    vectors = vectors_in(endpoint.exchange, contract.roles)
    if not vectors:
        yield shown_finding("capabilities: unknown; the response to a plain request has no valid vector")
        return
    context = ProbeContext(client, endpoint.requests, endpoint.model, vectors[0])
    async for finding in _feature_findings(context, options.timeout):
        yield finding


async def _credential_findings(
    client: DiscoveryClient, endpoint: Endpoint, options: DiscoveryOptions
) -> list[Finding]:
    probe = CredentialProbe(client, endpoint.requests, endpoint.model, options.headers)
    if options.contract is not None:
        return await own_credential_findings(probe, options.profile)
    return await ProfileSearch(probe).findings(options.profile)


async def _feature_findings(context: ProbeContext, timeout: float) -> AsyncIterator[Finding]:
    """Of two timeouts, for the largest batch and for the slowest response, only the longer one is a finding."""
    unsupported: set[object] = set(context.not_allowed)
    for_batches: Finding | None = None
    async for finding in capability_findings(context):
        unsupported |= {finding.value} if finding.key == "unsupported" else set()
        yield finding
    if "batch" not in unsupported:
        async for finding in batch_findings(context):
            if finding.key == "timeout":
                for_batches, timeout = finding, max(timeout, float(finding.value))
            else:
                yield finding
    if "token-input" not in unsupported:
        yield await tokenizer_finding(context)
    load = list(load_findings(context.client, timeout))
    if for_batches is not None and not any(finding.key == "timeout" for finding in load):
        yield for_batches
    for finding in load:
        yield finding
    async for finding in body_findings(context):
        yield finding
    async for finding in length_findings(context, unsupported):
        yield finding
