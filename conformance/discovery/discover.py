"""The order of the questions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.http_client import Target
from conformance.secret import Secret

from .base_url import Search
from .batches import batch_findings
from .capabilities import capability_findings
from .client import Asker, Enough
from .findings import Finding, found
from .ground import Ground
from .lengths import length_findings
from .probing import vectors_in
from .profiles import Doors
from .tuning import load_findings
from .vocabulary import tokenizer_finding


@dataclass(frozen=True)
class Wanted:
    """What the user said: the base URL, and it as it may be shown; headers; a model and a profile, None to find out.

    ``timeout`` is that of one request, in seconds; ``hide`` masks credentials in what the target says.
    """

    url: str
    shown: str
    headers: Sequence[tuple[str, Secret]]
    model: str | None
    profile: str | None
    timeout: float
    hide: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found and guessed, in the order of asking, and how many requests it took."""

    findings: tuple[Finding, ...]
    requests: int


async def discover(target: Target, wanted: Wanted) -> Discovery:
    """Ask *target* one thing after the other.

    Raises Unreachable, NotDiscovered where no plain request is answered, and MissingCredentials where a profile was
    named that asks for others than those given.
    """
    async with target:
        asker = Asker(target, wanted.hide)
        findings: list[Finding] = []
        try:
            await _gather(_findings(asker, wanted), findings)
        except Enough:
            findings.append(
                found(f"the rest was not asked: {asker.sent} requests were sent, and more are not")
            )
        return Discovery(tuple(findings), asker.sent)


async def _gather(told: AsyncIterator[Finding], into: list[Finding]) -> None:
    """Keep each finding as it is told, so that those before the end of the budget are there."""
    async for finding in told:
        into.append(finding)  # noqa: PERF401 - a comprehension would keep none of them


async def _findings(asker: Asker, wanted: Wanted) -> AsyncIterator[Finding]:
    contract, headers = Contract.load(), tuple(wanted.headers)
    search = Search(asker, contract, wanted.url, wanted.shown, headers, wanted.model)
    entrance = await search.enter()
    base, model = entrance.findings
    yield base
    for finding in await Doors(asker, entrance.prefix, entrance.model, wanted.headers).profile(
        wanted.profile
    ):
        yield finding
    yield model
    plain = vectors_in(entrance.exchange)
    if not plain:
        yield found(
            "capabilities: nothing can be said, as the plainest request is answered without a vector for its text"
        )
        return
    ground = Ground(asker, contract, entrance.prefix, headers, entrance.model, plain[0])
    async for finding in _capacities(ground, wanted.timeout):
        yield finding


async def _capacities(ground: Ground, timeout: float) -> AsyncIterator[Finding]:
    lacking: set[object] = set()
    async for finding in capability_findings(ground):
        lacking |= {finding.value} if finding.key == "unsupported" else set()
        yield finding
    if "batch" not in lacking:
        async for finding in batch_findings(ground):
            yield finding
    if "token-input" not in lacking:
        yield await tokenizer_finding(ground)
    for finding in load_findings(ground.asker.slowest, ground.asker.rate, timeout):
        yield finding
    async for finding in length_findings(ground, lacking):
        yield finding
