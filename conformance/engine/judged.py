"""What a run keeps of its checks: the results that other checks wait for, and those of checks that did not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .check import Check, Expect, Probe, ProbeResult
from .outcome import Outcome, Verdict


class Gate:
    """Other checks wait here for the outcome of one check."""

    def __init__(self) -> None:
        self._opened = asyncio.Event()
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome that the gate was opened with."""
        assert self._outcome is not None
        return self._outcome

    @property
    def is_open(self) -> bool:
        """Whether the outcome is known."""
        return self._outcome is not None

    def open(self, outcome: Outcome) -> None:
        """Let the others go on."""
        self._outcome = outcome
        self._opened.set()

    async def passed(self) -> Outcome:
        """Wait for the outcome."""
        await self._opened.wait()
        return self.outcome


@dataclass(frozen=True, slots=True)
class Judged:
    """A check that did not pass, and the results that it was judged on.

    ``hung`` is the request that got no response, if that is why others of its kind were not sent.
    """

    check: Check
    results: Sequence[ProbeResult]
    canary: ProbeResult | None
    hung: Probe | None = None

    def is_of_valid(self, failure: Outcome) -> bool:
        """Whether the *failure* of the check is only that valid requests did not succeed."""
        valid = (r for r in self.results if r.probe.expect is Expect.ACCEPT and not r.exchange.succeeded)
        unsuccessful = {id(result.exchange) for result in valid}
        return all(id(evidence.exchange) in unsuccessful for evidence in failure.evidence)


def root_of(
    id: str, judged: Mapping[str, Judged], outcomes: Mapping[str, Outcome], observing: Iterable[str] = ()
) -> str:
    """The failed requirement that explains why the requirement *id* could not be judged.

    The one that its check named; else one that failed on the same requests; else a related one; else one of those that
    are *observing* the whole run; else the first failed one; or empty if none failed.
    """
    failed = {other: o for other, o in outcomes.items() if o.verdict is Verdict.FAIL}
    if outcomes[id].because_of in failed:
        return outcomes[id].because_of
    own = judged.get(id)
    if own is not None:
        keys = {result.probe.key for result in own.results} | ({own.hung.key} if own.hung else set())
        for other in failed:
            if other in judged and _shows(judged[other], outcomes[other], keys):
                return other
    related = outcomes[id].requirement.related
    unclear = (other for other, o in outcomes.items() if o.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR))
    other_roots = (*(other for other in failed if other in related), *(o for o in observing if o in failed))
    return next(iter((*other_roots, *failed)), next(unclear, ""))


def _shows(judged: Judged, outcome: Outcome, keys: set[object]) -> bool:
    """Whether the evidence of a failed check is the exchange of one of the probes with *keys*."""
    shown = {id(evidence.exchange) for evidence in outcome.evidence}
    return any(result.probe.key in keys for result in judged.results if id(result.exchange) in shown)
