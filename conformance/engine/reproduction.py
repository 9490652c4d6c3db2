"""Repeats the exchanges that failed, and finds the condition under which they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.http_client import Exchange

from .check import Check, Expect, FaultKind, NothingToJudge, NotObservable, Probe, ProbeResult, Remark
from .conditions import (
    ALONE,
    CHANGED,
    CRASH,
    LONG,
    NOT_ALONE,
    NOT_REPEATED,
    SPECIAL,
    TOO_COSTLY,
    UNSTABLE,
    VARYING,
    Condition,
    body_size,
)
from .endings import SendingEnded
from .evidence import Evidence
from .hangs import LARGE, Hanging
from .judged import Judged
from .liveness import TargetStopped
from .outcome import Outcome
from .plain_requests import PlainRequests
from .retry import is_busy
from .search import COSTLY_SECONDS, Fails, Search
from .sender import Sender

RELATED = 12
"""Results of a check that are all repeated if its evidence is not about vectors. Of a larger check, only one is."""

RELATED_BY_LOAD = 40
"""The same for a target that is known to respond wrongly beside other requests: any result may be wrong."""

MAX_SEARCHES = 6
"""Failed exchanges for which a condition is searched, if they do not fail alone."""

MAX_REPEATS = 150
"""Requests that are repeated alone."""

MAX_REPEATS_BY_LOAD = 500
"""The same for a target that is known to respond wrongly beside other requests: all requirements may fail."""

VARYING_TRIES = 6
"""Repeats of one request that show if its vectors vary."""

MAX_STEADY = 3
"""Requests whose vectors did not vary, after which no more are tried."""

WHOLE_RUN = 1
"""The turn of checks about the whole run. Those with a later turn run without others."""


class Reproduction:
    """Repeats failed exchanges. Requirements that fail on the same probes share the repeated exchanges.

    ``kinds`` are the kinds of faults that explain failed requirements whose subject is another one, by their ids.
    ``of_canary`` are the ids of those whose evidence is a canary. *concurrency*: how many requests are in flight
    beside each other, if that is more than usual.
    """

    def __init__(self, sender: Sender, concurrency: int = 1) -> None:
        self._sender, self._transmission = sender, sender.transmission
        self._concurrency = concurrency
        self._alone: dict[object, Exchange] = {}
        self._settled: set[object] = set()
        self._culprits: list[Probe] = []
        self._unexplained: dict[str, tuple[Search, int]] = {}
        self._known: set[FaultKind] = set()
        self._searches = self._steady = 0
        self._plain = PlainRequests(sender)
        self.kinds: dict[str, FaultKind] = {}
        self.of_canary: set[str] = set()

    async def explain(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome* with the condition under which the exchange of its first evidence fails."""
        first = outcome.evidence[0]
        shown = next((r for r in judged.results if r.exchange is first.exchange), None)
        if shown is None:
            return await self._explain_canary(outcome, judged)
        if self._is_explained_by_varying(judged, first):
            return self._with(outcome, VARYING)
        try:
            condition = await self._condition(judged, shown, first.compared)
        except (TargetStopped, SendingEnded, Hanging):
            condition = NOT_REPEATED
        return self._with(await self._narrowed(outcome, judged), condition)

    async def _narrowed(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome* with the pattern that further requests show, if the check has such requests."""
        check = judged.check
        known = [result for result in judged.results if not result.inconclusive and result.fault is None]
        try:
            probes = check.narrow(known) if check.narrow is not None else ()
            sent = [ProbeResult(probe, await self._sender.alone(probe)) for probe in probes]
            more = [one for one in sent if not is_busy(one.exchange) and one.exchange.response is not None]
            pattern = next((one.pattern for one in check.judge([*known, *more])), "") if more else ""
        except (TargetStopped, SendingEnded, Hanging, NothingToJudge, NotObservable, Remark):
            pattern = ""
        if not pattern:
            return outcome
        evidence = tuple(replace(one, pattern=pattern) for one in outcome.evidence)
        return replace(outcome, evidence=evidence, reason=evidence[0].reason)

    async def _explain_canary(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome* with the condition if its evidence is the canary, and it succeeds alone."""
        if judged.canary is None or judged.canary.exchange is not outcome.evidence[0].exchange:
            return outcome
        try:
            succeeds = await self._plain.settle()
        except (TargetStopped, SendingEnded, Hanging):
            return outcome
        self.of_canary.add(outcome.requirement.id)
        return self._with(outcome, NOT_ALONE if succeeds else ALONE)

    def _with(self, outcome: Outcome, condition: Condition, number: int = 0) -> Outcome:
        """*outcome* with the *condition* of one of its evidence, which comes first."""
        if condition.kind is not None:
            self.kinds[outcome.requirement.id] = condition.kind
            if condition is not CHANGED:  # what a new model gets wrong alone too has another cause
                self._known.add(condition.kind)
        evidence = list(outcome.evidence)
        first = evidence.pop(number)
        shown = replace(first, reproduction=condition.sentence, earlier=condition.earlier)
        return replace(outcome, evidence=(shown, *evidence))

    async def explain_observed(self, outcome: Outcome, check: Check) -> Outcome:
        """*outcome* of a *check* that observes the vectors of the run, with the condition of one of them."""
        for number, evidence in enumerate(outcome.evidence[:MAX_STEADY]):
            records = reversed(self._transmission.history)
            probe = next((r.probe for r in records if r.probe.request == evidence.exchange.request), None)
            if probe is None:
                continue
            result = ProbeResult(probe, evidence.exchange)
            try:
                await self._repeat([result], settled=True)
                condition = await self._of_vectors(Judged(check, (result,), None), [result], may_vary=True)
            except (TargetStopped, SendingEnded, Hanging):
                break
            if condition is not None:
                explained = self._with(outcome, condition, number)
                return replace(explained, reason=explained.evidence[0].reason)
        return outcome

    async def explain_again(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome*, explained by what became known after it was explained."""
        if self._is_explained_by_varying(judged, outcome.evidence[0]):
            return self._with(outcome, VARYING)
        search, tried = self._unexplained.get(outcome.requirement.id, (None, 0))
        try:
            found = search and await search.among(self._culprits[tried:])
        except (TargetStopped, SendingEnded, Hanging):
            found = None
        return self._with(outcome, found) if found else outcome

    def _is_explained_by_varying(self, judged: Judged, evidence: Evidence) -> bool:
        """Whether vectors vary although a request is sent alone, and the evidence compares vectors."""
        known = FaultKind.OTHER_VECTOR in self._known
        return known and bool(evidence.compared) and self._may_vary(judged)

    def _may_vary(self, judged: Judged) -> bool:
        """Whether varying vectors explain the failure of a check: it is not about them, and did not begin them.

        Only a check in whose turn no others run can be known to have begun them.
        """
        change = self._transmission.change()
        own = {result.probe.key for result in judged.results} if judged.check.last > WHOLE_RUN else set()
        began = change is not None and change.key in own - {self._sender.plain.key}
        return not began and not _is_of_equal_requests(judged)

    async def _condition(self, judged: Judged, shown: ProbeResult, compared: Sequence[Exchange]) -> Condition:
        by_load = bool(self._transmission.faults.of(FaultKind.LOAD))
        repeated = _to_repeat(judged, shown, compared, RELATED_BY_LOAD if by_load else RELATED)
        unknown = {result.probe.key for result in repeated} - self._alone.keys()
        most = MAX_REPEATS_BY_LOAD if by_load else MAX_REPEATS
        if not judged.check.is_repeatable or any(result.probe.scenario is not None for result in repeated):
            return SPECIAL
        if any(map(_is_costly, repeated)):
            return TOO_COSTLY
        if len(self._alone) + len(unknown) > most:
            return NOT_REPEATED
        await self._repeat(repeated, settled=bool(compared) or shown.exchange.status >= CRASH)
        comparison = Comparison(judged, self._alone_of(repeated))
        while (others := comparison.compared_with()) and len(self._alone) < most:
            await self._repeat(others, settled=True)
            repeated = [*repeated, *others]
            comparison = Comparison(judged, self._alone_of(repeated))
        fails_alone = comparison.fails({})
        may_vary = self._may_vary(judged)
        if compared and not fails_alone and may_vary and await self._plain.show_a_change():
            return CHANGED
        found = None
        if compared and not (fails_alone and self._plain.changed):
            found = await self._of_vectors(judged, repeated, may_vary=may_vary)
        if found is not None:
            return found
        if fails_alone:
            return ALONE
        culprit = next((r for r in repeated if comparison.fails({id(r): r.exchange})), shown)
        search = self._search(judged, culprit, lambda again: comparison.fails({id(culprit): again}))
        return await self._run_search(search)

    def _alone_of(self, results: Sequence[ProbeResult]) -> Mapping[int, Exchange]:
        """The exchanges that were repeated alone, by the identity of the result whose place they take."""
        return {id(result): self._alone[result.probe.key] for result in results}

    async def _of_vectors(
        self, judged: Judged, repeated: Sequence[ProbeResult], *, may_vary: bool
    ) -> Condition | None:
        """The condition under which one of the requests gets other vectors than alone; None if all get the same."""
        changed = [result for result in repeated if self._has_changed(result)]
        search = self._search_of_vectors(judged, changed[0]) if changed else None
        if search and FaultKind.KEPT_CONNECTION in self._known:
            found = await search.on_connection(is_known=True)
            if found is not None:
                return found
        for result in changed or repeated:
            if await self._varies_alone(result.probe):
                return VARYING if may_vary else replace(VARYING, kind=None)
        return await self._run_search(search) if search else None

    def _search_of_vectors(self, judged: Judged, culprit: ProbeResult) -> Search:
        """The search for the condition under which *culprit* gets other vectors than alone."""
        right = self._alone[culprit.probe.key]
        return self._search(
            judged, culprit, lambda again: self._transmission.differ(again, right), of_vectors=True
        )

    async def _repeat(self, results: Sequence[ProbeResult], *, settled: bool) -> None:
        """Send the requests of *results* alone that were not sent so yet.

        *settled*: with plainly valid requests between them, since one may have an effect on the next one.
        """
        known = self._settled if settled else self._alone.keys()
        unknown = [result.probe for result in results if result.probe.key not in known]
        if unknown and settled:
            await self._plain.settle()
        send = self._alone_and_settled if settled else self._sender.alone
        for probe in unknown:
            self._alone[probe.key] = await send(probe)
            if settled:
                self._settled.add(probe.key)

    async def _alone_and_settled(self, probe: Probe) -> Exchange:
        """Send *probe* alone, and plainly valid requests after one that may have an effect on the next ones."""
        exchange = await self._sender.alone(probe)
        if probe.expect is not Expect.ACCEPT or body_size(probe) >= LONG:
            await self._plain.settle()
        return exchange

    def _has_changed(self, result: ProbeResult) -> bool:
        """Whether a response has other vectors than the one to the same request alone."""
        return self._transmission.differ(result.exchange, self._alone[result.probe.key])

    async def _varies_alone(self, probe: Probe) -> bool:
        """Whether the vectors of one request vary although it is sent alone each time."""
        if not self._transmission.found(FaultKind.OTHER_VECTOR) or self._steady >= MAX_STEADY:
            return False
        self._steady += 1
        for _ in range(VARYING_TRIES):
            again = await self._alone_and_settled(probe)
            if self._transmission.differ(again, self._alone[probe.key]):
                return True
        return False

    def _search(
        self, judged: Judged, culprit: ProbeResult, fails: Fails, *, of_vectors: bool = False
    ) -> Search:
        return Search(
            self._sender, judged, culprit, fails, of_vectors=of_vectors, concurrency=self._concurrency
        )

    async def _run_search(self, search: Search) -> Condition:
        """The condition that *search* finds: what is known of other failures first."""
        found = await search.among(self._culprits)
        if found is None and FaultKind.LOAD in self._known:
            found = await search.beside_others()
        if found is None and self._searches < MAX_SEARCHES:
            self._searches += 1
            found = await search.everywhere()
            self._culprits += search.culprits
        if found is None or found.sentence.startswith(UNSTABLE):
            self._unexplained[search.requirement.id] = search, len(self._culprits)
        return found or NOT_ALONE


class Comparison:
    """A check with exchanges that were repeated alone: do they fail with another exchange in one place?

    *alone* are the repeated exchanges by the identity of the result whose place they take.
    """

    def __init__(self, judged: Judged, alone: Mapping[int, Exchange]) -> None:
        self._judged, self._alone = judged, alone

    def fails(self, others: Mapping[int, Exchange]) -> bool:
        """Whether the check finds evidence with *others* in the place of exchanges that were repeated alone."""
        return bool(self._evidence(others))

    def compared_with(self) -> Sequence[ProbeResult]:
        """The results that were not repeated, and that the evidence compares with repeated ones: they may be wrong."""
        found = self._evidence({})
        compared = {id(exchange) for exchange in found[0].compared} if found else set()
        return [
            result
            for result in self._judged.results
            if id(result.exchange) in compared and id(result) not in self._alone and not _is_costly(result)
        ]

    def _evidence(self, others: Mapping[int, Exchange]) -> Sequence[Evidence]:
        placed = {**self._alone, **others}
        results = [
            replace(result, exchange=placed.get(id(result), result.exchange))
            for result in self._judged.results
            if not result.inconclusive
        ]
        try:
            found = list(self._judged.check.judge(results))
        except (NothingToJudge, NotObservable, Remark):
            return ()
        if len(self._alone) == len(results):
            return found
        repeated = {id(exchange) for exchange in placed.values()}
        return [evidence for evidence in found if id(evidence.exchange) in repeated]


def _to_repeat(
    judged: Judged, shown: ProbeResult, compared: Sequence[Exchange], related: int
) -> Sequence[ProbeResult]:
    """The results whose vectors the evidence compares; else those of a small check, or only the one that it shows."""
    results = [result for result in judged.results if not result.inconclusive]
    if not compared:
        return results if len(results) <= related else [shown]
    wanted = {id(exchange) for exchange in compared}
    return [r for r in results if r is shown or r is results[0] or id(r.exchange) in wanted]


def _is_of_equal_requests(judged: Judged) -> bool:
    """Whether the subject of a check is that equal requests get equal responses, under any condition."""
    is_of_condition = judged.check.observes not in (None, FaultKind.OTHER_VECTOR)
    return not is_of_condition and len({result.probe.request for result in judged.results}) == 1


def _is_costly(result: ProbeResult) -> bool:
    """Whether a repeat takes long: a large request that took long, or one with a scenario."""
    is_slow = result.probe.tokens >= LARGE and result.exchange.seconds > COSTLY_SECONDS
    return is_slow or result.probe.scenario is not None
