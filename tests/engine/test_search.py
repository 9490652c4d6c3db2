"""The cause of other vectors: a kept connection, an earlier request on any connection, or the server alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.engine import Evidence, FaultKind, Probe, ProbeResult, Verdict
from conformance.engine.conditions import KEPT_CONNECTION, VARYING, Condition
from conformance.engine.judged import Judged
from conformance.engine.outcome import Outcome
from conformance.engine.reproduction import Reproduction
from conformance.engine.search import Search
from conformance.engine.transmission import Record
from conformance.http_client import Exchange, Request
from tests.engine.fakes import CANARY, check, exchange, probe

RIGHT, OTHER = 200, 201
"""Statuses that stand for the right vectors, and for others."""

KEPT = (Request(path="/accepted"), Request(path="/rejected"))

IsOther = Callable[[Sequence[Request], int], bool]
"""Whether vectors are others, from all requests so far, and the place of the last one on its connection."""


class FakeSender:
    """Sends requests alone to a server whose vectors are others if *is_other*."""

    def __init__(self, is_other: IsOther, change: Probe | None = None) -> None:
        self._is_other, self._sent = is_other, list[Request]()
        faults = SimpleNamespace(of=lambda kind: ())
        self.transmission: Any = SimpleNamespace(
            history=[],
            faults=faults,
            found=lambda kind: (1,),
            differ=lambda a, b: a.status != b.status,
            change=lambda: change,
        )
        self.plain = CANARY
        self.exchange_of = lambda sent: None

    async def alone(self, sent: Probe) -> Exchange:
        for place, request in enumerate((*(sent.after or ()), sent.request)):
            self._sent.append(request)
            is_other = self._is_other(self._sent, place)
        return exchange(sent.request, OTHER if is_other else RIGHT)


def on_connection(is_other: IsOther, *, is_known: bool = False, of_vectors: bool = True) -> Condition | None:
    culprit = ProbeResult(probe("a"), replace(exchange(Request(path="/a"), OTHER), before=KEPT))
    sender: Any = FakeSender(is_other)
    judged = Judged(check("a"), (culprit,), None)
    search = Search(
        sender, judged, culprit, lambda e: e.status == OTHER, of_vectors=of_vectors, concurrency=1
    )
    return asyncio.run(search.on_connection(is_known=is_known))


def after_rejected(sent: Sequence[Request], _: int) -> bool:
    return len(sent) > 1 and sent[-2].path == "/rejected"


@pytest.mark.parametrize("is_known", [False, True])
def test_the_connection_is_the_cause_if_later_requests_on_it_get_other_vectors(is_known: bool) -> None:
    assert on_connection(lambda _, place: place == 2, is_known=is_known) is KEPT_CONNECTION


def test_what_fails_only_on_a_kept_connection_is_named_whatever_it_is() -> None:
    found = on_connection(lambda _, place: place == 2, of_vectors=False)
    assert found == replace(KEPT_CONNECTION, kind=None)


def test_a_server_that_fails_by_chance_does_not_fail_because_of_the_connection() -> None:
    """Each request on its own, and the last one on each of two connections."""
    places = iter([False, False, True, False, False, False, False, False, True, False, False, False])
    assert on_connection(lambda _, __: next(places, False), of_vectors=False) is None


@pytest.mark.parametrize("of_vectors", [False, True])
def test_an_earlier_request_on_any_connection_is_another_cause(of_vectors: bool) -> None:
    assert on_connection(after_rejected, of_vectors=of_vectors) is None


def explained(
    paths: Sequence[str], change: Probe | None = None, last: int = 2
) -> tuple[str, dict[str, FaultKind]]:
    """The condition of a failed comparison of two requests, and the faults that explain it, if vectors vary.

    *last* is the turn of the check.
    """
    results = [
        ProbeResult(probe(path), exchange(Request(path=f"/{path}"), status))
        for path, status in zip(paths, (RIGHT, OTHER), strict=True)
    ]
    first, shown = (result.exchange for result in results)
    failed = replace(check("a"), last=last)
    evidence = Evidence("the same vector", "another one", shown, compared=(shown, first))
    outcome = Outcome(failed.requirement, Verdict.FAIL, "", evidence=(evidence,))
    sender: Any = FakeSender(lambda sent, _: len(sent) % 3 == 0, change)
    reproduction = Reproduction(sender)
    found = asyncio.run(reproduction.explain(outcome, Judged(failed, tuple(results), None)))
    return found.evidence[0].reproduction, reproduction.kinds


def test_a_server_that_varies_by_itself_is_the_cause_for_equal_requests_too() -> None:
    assert explained(("a", "a")) == (VARYING.sentence, {})


def test_a_server_that_varies_by_itself_explains_other_failures_but_the_one_that_made_it_vary() -> None:
    of_another = (VARYING.sentence, {"a": FaultKind.OTHER_VECTOR})
    assert explained(("a", "b")) == explained(("a", "b"), probe("c")) == of_another
    assert explained(("a", "b"), probe("b")) == (VARYING.sentence, {})


def test_a_check_that_runs_beside_others_is_not_known_to_have_made_a_server_vary() -> None:
    of_another = (VARYING.sentence, {"a": FaultKind.OTHER_VECTOR})
    assert explained(("a", "b"), probe("b"), last=1) == of_another


def test_a_check_whose_plain_request_shows_a_change_is_not_known_to_have_made_it() -> None:
    of_another = (VARYING.sentence, {"a": FaultKind.OTHER_VECTOR})
    assert explained(("a", CANARY.request.path[1:]), CANARY) == of_another


@pytest.mark.parametrize(("seconds", "is_found"), [(0.5, True), (5.0, False)])
def test_a_large_request_that_took_little_time_is_repeated_before_the_failed_one(
    seconds: float, is_found: bool
) -> None:
    """The next request after the large one gets another vector."""
    large = replace(probe("large"), tokens=5000)
    culprit = ProbeResult(probe("a"), exchange(Request(path="/a"), OTHER))
    sender: Any = FakeSender(lambda sent, _: len(sent) > 1 and sent[-2].path == "/large")
    sender.transmission.history = [Record(large, 0.0, seconds), Record(culprit.probe, 6.0, 6.1)]
    judged = Judged(check("a"), (culprit,), None)
    search = Search(sender, judged, culprit, lambda e: e.status == OTHER, of_vectors=True, concurrency=1)
    found = asyncio.run(search.everywhere())
    assert found.sentence.startswith("It failed again only after this request: ") is is_found
