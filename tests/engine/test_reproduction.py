"""Failed exchanges are repeated: alone, after others, beside others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from conformance.engine import (
    Budget,
    Check,
    Evidence,
    Expect,
    FaultKind,
    Load,
    ProbeResult,
    Verdict,
    judges_all,
    judges_each,
    send_concurrently,
    send_in_sequence,
)
from conformance.engine.reproduction import RELATED
from conformance.engine.search import PRECEDING
from conformance.http_client import FailureKind, Request, Response, Transport
from tests.engine.fakes import CANARY, FakeTarget, Result, by_path, check, probe, run

ALONE = "It failed again when it was sent alone."
NOT_REPEATED = "It was not sent again: a limit of the run was reached, or the server did not respond."


def condition(target: FakeTarget, checks: Sequence[Check], id: str, concurrency: int = 1) -> str:
    outcome = run(checks, target, load=Load(concurrency=concurrency)).outcomes[id]
    assert outcome.verdict is Verdict.FAIL
    return outcome.evidence[0].reproduction


def test_a_failure_that_does_not_depend_on_others_fails_alone() -> None:
    target = FakeTarget(by_path({"a": 500}))
    assert condition(target, [check("a"), check("b")], "a") == ALONE


def test_a_repeat_that_the_target_asks_to_send_later_is_sent_again() -> None:
    statuses = iter([500, 429, 200])
    target = FakeTarget(lambda request: next(statuses, 200) if request.path == "/a" else 200)
    assert condition(target, [check("a")], "a") != ALONE


def test_a_failure_after_a_certain_request_names_it() -> None:
    def behave(request: Request) -> Result:
        earlier = [r.path for r in target.requests[:-1] if r != CANARY.request]
        return 500 if request.path == "/next" and earlier[-1:] == ["/long"] else 200

    target = FakeTarget(behave)
    checks = [check("x"), check("long", needs=["x"]), check("next", needs=["long"])]
    assert condition(target, checks, "next") == "It failed again only after this request: long."


def test_the_cause_of_a_later_failure_is_tried_for_an_earlier_one() -> None:
    """Too many requests are between the first failure and its cause."""
    waiting: list[str] = []

    def behave(request: Request) -> Result:
        if request.path == "/cause":
            waiting.append(request.path)
        if request.path not in ("/first", "/second") or not waiting:
            return 200
        waiting.clear()
        return 500

    between = [f"c{number}" for number in range(PRECEDING + 1)]
    again = replace(probe("cause"), occurrence=1)
    checks = [check(id, needs=[need]) for need, id in pairwise(["", "cause", *between, "first"])]
    checks += [check("again", again, needs=between), check("second", needs=["again"])]
    assert condition(FakeTarget(behave), checks, "first") == "It failed again only after this request: cause."


def test_a_request_counts_as_one_before_by_its_end() -> None:
    """The target handles it long after it has begun."""
    ended: list[str] = []

    async def behave(request: Request) -> Result:
        await asyncio.sleep(0.1 if request.path == "/long" else 0)
        broken = request.path == "/next" and ended[-1:] == ["/long"]
        if request != CANARY.request:
            ended.append(request.path)
        return 500 if broken else 200

    quick = [f"c{number}" for number in range(PRECEDING + 1)]
    checks = [check("long"), *(check(id, needs=[need]) for need, id in pairwise(["", *quick]))]
    checks.append(check("next", needs=["long", *quick]))
    expected = "It failed again only after this request: long."
    assert condition(FakeTarget(behave), checks, "next", concurrency=2) == expected


def test_a_client_that_pauses_is_not_repeated_before_the_failure() -> None:
    paused = replace(probe("slow"), request=Request(path="/slow", transport=Transport(pause=5.0)))

    def behave(request: Request) -> Result:
        earlier = [r.path for r in target.requests]
        return 500 if request.path == "/next" and earlier.count("/next") == 1 else 200

    target = FakeTarget(behave)
    condition(target, [check("slow", paused), check("next", needs=["slow"])], "next")
    assert [request.path for request in target.requests].count("/slow") == 1


def test_a_failure_beside_others_is_load() -> None:
    async def behave(request: Request) -> Result:
        beside = target.running > 1
        await asyncio.sleep(0.01)
        return 500 if request.path == "/a" and beside else 200

    target = FakeTarget(behave)
    checks = [check("a"), *(check(f"c{n}") for n in range(6))]
    assert (
        condition(target, checks, "a", concurrency=8) == "It failed again only together with other requests."
    )


@judges_each("its own path")
def own_path(result: ProbeResult) -> Evidence | None:
    body = result.exchange.response.body if result.exchange.response else b""
    right = body == result.probe.request.path.encode()
    return None if right else Evidence("its own path", repr(body), result.exchange)


def test_what_fails_only_beside_others_is_blocked_by_the_requirement_on_concurrent_requests() -> None:
    async def behave(request: Request) -> Result:
        beside = target.running > 1
        await asyncio.sleep(0.01)
        broken = request.path == "/always" or (beside and request != CANARY.request)
        return Response(200, (), b"another" if broken else request.path.encode())

    target = FakeTarget(behave)
    together = [probe("x"), probe("y")]
    checks = [check(id, probe(id), judge=own_path) for id in ("a", "b", "always", "access")]
    access = replace(checks[-1].requirement, severity="security")
    checks[-1] = replace(checks[-1], requirement=access)
    load = check("load", *together, judge=own_path)
    outcomes = run(
        [*checks, replace(load, observes=FaultKind.LOAD, procedure=send_concurrently)],
        target,
        load=Load(concurrency=8),
    ).outcomes
    assert {id: (o.verdict, o.blocked_by) for id, o in outcomes.items()} == {
        "a": (Verdict.BLOCKED, "load"),
        "b": (Verdict.BLOCKED, "load"),
        "always": (Verdict.FAIL, ""),
        "access": (Verdict.FAIL, ""),
        "load": (Verdict.FAIL, ""),
    }


@pytest.mark.parametrize("declined", [429, 503, FailureKind.REFUSED])
def test_what_a_target_declines_beside_others_does_not_fail_again(declined: Result) -> None:
    """The target serves one request at a time; one of its responses is wrong by chance."""

    async def behave(_: Request) -> Result:
        first, beside = len(target.requests) == 3, target.running > 1
        await asyncio.sleep(0.01)
        return 500 if first else declined if beside else 200

    target = FakeTarget(behave)
    checks = [check(name) for name in "abcd"]
    assert "The server is unstable." in condition(target, checks, "b", concurrency=2)


def test_what_a_repeated_exchange_is_compared_with_is_repeated_too() -> None:
    """Two responses are wrong by chance: one has nothing to compare, and the other one is what it is compared with."""

    @judges_all("the status of the first one")
    def as_first(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        first, *others = (result.exchange for result in results)
        for other in others:
            if other.status == 202:
                yield Evidence("the same", "nothing", other)
            elif other.status != first.status:
                yield Evidence("the same", "another", other, compared=(other, first))

    target = FakeTarget(lambda request: {2: 201, 3: 202}.get(len(target.requests), 200))
    many = [probe(f"p{n}") for n in range(RELATED + 2)]
    assert "The server is unstable." in condition(target, [check("a", *many, judge=as_first)], "a")


def test_a_failure_that_does_not_come_back_is_unstable_and_counts() -> None:
    target = FakeTarget(lambda request: 500 if len(target.requests) == 3 else 200)
    assert "The server is unstable." in condition(target, [check(name) for name in "abcd"], "b")


@pytest.mark.parametrize(("requests", "expected"), [(3, NOT_REPEATED), (5, ALONE)])
def test_repeats_stay_within_the_budget(requests: int, expected: str) -> None:
    target = FakeTarget(by_path({"a": 500}))
    result = run([check("a"), check("b")], target, budget=Budget(requests=requests))
    assert len(target.requests) <= requests
    assert result.outcomes["a"].evidence[0].reproduction == expected


def test_a_crash_after_each_rejected_request_does_not_fail_alone() -> None:
    """The repeated requests of a check do not follow one another: each would crash after the one before."""
    rejects = [probe(name, Expect.REJECT) for name in ("a", "b")]

    def behave(request: Request) -> Result:
        previous = target.requests[-2].path if len(target.requests) > 1 else ""
        return 500 if previous in ("/a", "/b") else 400 if request.path in ("/a", "/b") else 200

    target = FakeTarget(behave)
    rejected = replace(check("a", *rejects), procedure=send_in_sequence)
    assert condition(target, [rejected], "a") not in (ALONE, NOT_REPEATED)


def test_a_crash_after_a_rejected_request_is_blocked_by_the_requirement_on_that() -> None:
    def behave(request: Request) -> Result:
        earlier = [r.path for r in target.requests[:-1] if r != CANARY.request]
        return (
            400
            if request.path == "/bad"
            else 500
            if earlier[-1:] == ["/bad"] and request.path == "/next"
            else 200
        )

    target = FakeTarget(behave)
    owner = replace(check("owner"), observes=FaultKind.AFTER_REJECTION)
    bad = check("bad", probe("bad", Expect.REJECT), needs=["owner"])
    outcomes = run([owner, bad, check("next", needs=["bad"])], target, load=Load(concurrency=1)).outcomes
    assert (outcomes["next"].verdict, outcomes["next"].blocked_by) == (Verdict.BLOCKED, "owner")
    assert outcomes["owner"].verdict is Verdict.FAIL


def test_a_failure_after_rejected_requests_is_no_load_although_one_was_in_flight_beside() -> None:
    earlier: list[str] = []

    async def behave(request: Request) -> Result:
        await asyncio.sleep(0)
        wrong = request.path == "/a" and earlier[-1:] == ["/bad"]
        earlier.append(request.path)
        await asyncio.sleep(0.01)
        return 500 if wrong else 400 if request.path == "/bad" else 200

    target = FakeTarget(behave)
    bad = check("bad", probe("bad", Expect.REJECT))
    load = replace(check("load", probe("a"), probe("x")), observes=FaultKind.LOAD)
    assert "only after this request: bad." in condition(target, [bad, load], "load", concurrency=4)


def test_a_check_that_cannot_fail_without_its_procedure_is_not_repeated() -> None:
    target = FakeTarget(by_path({"wrong": 500}))
    one = replace(check("special", probe("wrong")), is_repeatable=False)
    assert condition(target, [one], "special").startswith(
        "The run did not repeat it: it needs a special procedure"
    )
    assert target.paths.count("wrong") == 1
