"""The steps of a discovery, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.http_client import Target
from conformance.secret import Secret

from .base_url import Endpoint, EndpointSearch
from .bodies import body_findings
from .capabilities import capability_findings
from .client import BudgetExhausted, DiscoveryClient, ProbeContext
from .findings import Finding, found
from .limits import batch_findings, length_findings
from .probing import vectors_in
from .profiles import ProfileSearch
from .tuning import load_findings, tokenizer_finding


@dataclass(frozen=True)
class DiscoveryOptions:
    """The user's input: the base URL, headers, and a model and a profile (None to find them).

    ``shown_url`` is the URL without credentials. ``timeout`` is that of one request, in seconds. ``redact`` masks
    credentials in texts of the target.
    """

    url: str
    shown_url: str
    headers: Sequence[tuple[str, Secret]]
    model: str | None
    profile: str | None
    timeout: float
    redact: Callable[[str], str]


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
            findings.append(found(f"incomplete: the limit of requests was reached ({client.sent} sent)"))
        return Discovery(tuple(findings), client.sent)


async def _collect(source: AsyncIterator[Finding], into: list[Finding]) -> None:
    """Append each finding at once, so that those before an exception are kept."""
    async for finding in source:
        into.append(finding)  # noqa: PERF401 - a comprehension would lose all of them


async def _findings(client: DiscoveryClient, options: DiscoveryOptions) -> AsyncIterator[Finding]:
    contract, headers = Contract.load(), tuple(options.headers)
    endpoint = await EndpointSearch(
        client, contract, options.url, options.shown_url, headers, options.model
    ).find()
    base_url, model = endpoint.findings
    yield base_url
    for finding in await _profile_findings(client, endpoint, options):
        yield finding
    yield model
    vectors = vectors_in(endpoint.exchange)
    if not vectors:
        yield found("capabilities: unknown; the response to a plain request has no valid vector")
        return
    context = ProbeContext(client, contract, endpoint.prefix, headers, endpoint.model, vectors[0])
    async for finding in _feature_findings(context, options.timeout):
        yield finding


async def _profile_findings(
    client: DiscoveryClient, endpoint: Endpoint, options: DiscoveryOptions
) -> list[Finding]:
    search = ProfileSearch(client, endpoint.prefix, endpoint.model, options.headers)
    return await search.findings(options.profile)


async def _feature_findings(context: ProbeContext, timeout: float) -> AsyncIterator[Finding]:
    unsupported: set[object] = set()
    async for finding in capability_findings(context):
        unsupported |= {finding.value} if finding.key == "unsupported" else set()
        yield finding
    if "batch" not in unsupported:
        async for finding in batch_findings(context):
            yield finding
    if "token-input" not in unsupported:
        yield await tokenizer_finding(context)
    for finding in load_findings(context.client.slowest, context.client.rate, timeout):
        yield finding
    async for finding in body_findings(context):
        yield finding
    async for finding in length_findings(context, unsupported):
        yield finding
