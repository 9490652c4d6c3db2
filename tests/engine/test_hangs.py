"""A request without an answer: a slow target, or a request that hangs."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.engine import Check, Expect, FaultKind, Load, Probe, Run, Settings
from conformance.engine.hangs import Hanging, Hangs, Pace
from conformance.http_client import FailureKind, Request, Transport
from tests.engine.fakes import CANARY, FakeTarget, Result, check, probe, run, suite, verdicts
from tests.virtual_time import run_in_virtual_time

TIMEOUT = FailureKind.TIMEOUT


def with_payload(**payload: Any) -> Probe:
    return replace(probe(str(payload)), request=Request(body=json.dumps(payload).encode()))


def answering() -> Check:
    return replace(check("answering", CANARY), observes=FaultKind.NO_ANSWER)


def test_a_request_that_hangs_fails_one_requirement() -> None:
    target = FakeTarget(lambda request: TIMEOUT if request.path == "/a" else 200)
    result = run([answering(), check("a"), check("b")], target)
    assert verdicts(result) == {"answering": "fail", "a": "blocked", "b": "pass"}
    assert result.outcomes["a"].blocked_by == "answering"
    assert [request.path for request in target.requests].count("/a") == 2


def test_a_request_that_is_answered_when_repeated_alone_is_no_failure() -> None:
    def behave(request: Request) -> Result:
        return TIMEOUT if [r.path for r in target.requests].count("/a") == 1 and request.path == "/a" else 200

    target = FakeTarget(behave)
    assert verdicts(run([answering(), check("a")], target)) == {"answering": "pass", "a": "pass"}


def test_no_more_requests_with_a_property_that_hangs_are_sent() -> None:
    def behave(request: Request) -> Result:
        return TIMEOUT if b"dimensions" in (request.body or b"") else 200

    probes = [with_payload(input="a", dimensions=n) for n in range(8)]
    probes += [with_payload(input="a", dimensions="8"), with_payload(input="a", user="b")]
    target = FakeTarget(behave)
    checks = [answering(), *(check(f"c{n}", one) for n, one in enumerate(probes))]
    result = run(checks, target, load=Load(concurrency=1))
    assert list(verdicts(result).values()) == ["fail", *["blocked"] * 9, "pass"]
    sent = sum(b"dimensions" in (request.body or b"") for request in target.requests)
    assert sent <= 4  # the first one twice, and those that were sent before its repeat ended


def test_no_more_requests_with_a_header_that_hangs_are_sent() -> None:
    def behave(request: Request) -> Result:
        return TIMEOUT if ("Upgrade", "h2c") in request.headers else 200

    def with_headers(name: str, *headers: tuple[str, str]) -> Probe:
        one = probe(name)
        return replace(one, request=replace(one.request, headers=headers, path="/canary"))

    upgrade, other = ("Upgrade", "h2c"), ("User-Agent", "a client")
    probes = [
        with_headers("plain", other),
        *(with_headers(f"h{n}", upgrade, (f"x-{n}", "")) for n in range(6)),
    ]
    target = FakeTarget(behave)
    checks = [answering(), *(check(one.description, one) for one in probes), check("last")]
    result = run(checks, target, load=Load(concurrency=1))
    assert list(verdicts(result).values()) == ["fail", "pass", *["blocked"] * 6, "pass"]


def test_a_property_that_was_answered_before_is_not_suspected() -> None:
    hangs = Hangs()
    hangs.record_answered(with_payload(input="a", dimensions=8))
    hangs.record(with_payload(input="a", dimensions=2**31), 1)
    hangs.check(with_payload(input="a", dimensions=16))


def test_a_form_of_a_property_is_suspected_if_other_forms_are_answered() -> None:
    hangs = Hangs()
    hangs.record_answered(with_payload(input="a"))
    hangs.record(with_payload(input=[1, 2]), 1)
    hangs.check(with_payload(input="b"))
    with pytest.raises(Hanging):
        hangs.check(with_payload(input=[3, 4, 5]))


@pytest.mark.parametrize(
    ("answered", "tokens", "inputs", "explained"),
    [
        ([(100, 1, 3.0)], 500, 1, True),
        ([(100, 1, 0.5)], 500, 1, False),
        ([(2, 1, 1.0)], 500, 1, False),
        ([(10, 1, 0.05)], 500, 1, False),
        ([], 500, 1, False),
        ([(600, 1, 50.0)], 500, 1, False),
        ([(17, 17, 1.7)], 65, 65, True),
        ([(600, 2, 5.0)], 500, 4, False),
        ([(90, 10, 1.0)], 95, 90, True),
        ([(90, 10, 0.1)], 95, 90, False),
        ([(1, 1, 1.0)], 12, 1, False),
        ([(7, 1, 6.0)], 12, 1, True),
        ([(12, 1, 2.0)], 200, 1, True),
        ([(12, 1, 1.0)], 200, 1, False),
    ],
)
def test_a_timeout_is_explained_only_by_comparable_requests(
    answered: list[tuple[int, int, float]], tokens: int, inputs: int, explained: bool
) -> None:
    pace = Pace()
    for size, count, seconds in answered:
        pace.record(replace(CANARY, tokens=size, inputs=count), seconds)
    found = pace.explanation(replace(CANARY, tokens=tokens, inputs=inputs), 10.0)
    assert (found is not None) is explained


def test_pauses_of_the_client_do_not_explain_a_timeout() -> None:
    pace = Pace()
    slow = replace(CANARY.request, transport=Transport(pause=0.8))
    pace.record(replace(CANARY, request=slow, tokens=100), 9.0)
    assert pace.explanation(replace(CANARY, tokens=101), 10.0) is None


@pytest.mark.parametrize(
    ("small", "large", "quick"), [(0.2, 0.3, True), (0.01, 0.3, False), (0.2, 0.45, False)]
)
def test_the_latency_of_small_requests_is_no_time_that_grows_with_the_size(
    small: float, large: float, quick: bool
) -> None:
    pace = Pace()
    pace.record(replace(CANARY, tokens=1), small)
    pace.record(replace(CANARY, tokens=1000), large)
    assert pace.is_quick(replace(CANARY, tokens=4000)) is quick


def test_an_explanation_names_a_sufficient_timeout() -> None:
    pace = Pace()
    pace.record(replace(CANARY, tokens=100), 3.0)
    explanation = pace.explanation(replace(CANARY, tokens=500), 10.0)
    assert explanation is not None
    assert "A timeout of 30 s is enough" in explanation.reason


def test_the_canary_is_sent_although_requests_of_its_form_hang() -> None:
    plain = replace(CANARY, request=Request(path="/canary", body=b'{"input": "a"}'))
    hanging = [
        replace(with_payload(input=f"slow {n}"), request=Request(path="/canary", body=b'{"input": "%d"}' % n))
        for n in range(5)
    ]
    fake = FakeTarget(
        lambda r: 400 if r.path == "/bad" else TIMEOUT if r.body and r != plain.request else 200
    )
    checks = [
        answering(),
        *(check(f"h{n}", one) for n, one in enumerate(hanging)),
        check("bad", probe("bad", Expect.REJECT)),
    ]
    every = replace(suite(*checks), canary=plain)
    result = run_in_virtual_time(Run(every, fake, Settings(Load(concurrency=1))).execute())
    assert verdicts(result)["bad"] == "pass"


def test_requests_of_the_same_form_wait_until_it_is_known_why_one_got_no_answer() -> None:
    async def behave(request: Request) -> Result:
        sent = [each.path for each in target.requests].count("/same")
        hangs = request.path == "/same" and sent > 4
        await asyncio.sleep(60 if hangs else 0)
        return TIMEOUT if hangs else 200

    target = FakeTarget(behave)
    checks = [check(f"c{n}", replace(probe("same"), occurrence=n)) for n in range(40)]
    result = run([answering(), *checks], target, load=Load(concurrency=4))
    assert verdicts(result)["answering"] == "fail"
    # Four are answered. Four hang together, and again one by one.
    assert [request.path for request in target.requests].count("/same") <= 4 + 4 + 4


def test_a_target_that_stops_at_a_large_request_gets_few_requests() -> None:
    stopped = False

    async def behave(request: Request) -> Result:
        nonlocal stopped
        await asyncio.sleep(3 if request.path == "/medium" else 0.1)
        if request.path == "/large":
            stopped = True
            return TIMEOUT
        return FailureKind.REFUSED if stopped else 200

    target = FakeTarget(behave)
    sizes = {"medium": 100, "large": 500}
    run(
        [check(name, probe(name, tokens=size)) for name, size in sizes.items()],
        target,
        load=Load(concurrency=1),
    )
    assert len(target.requests) < 100
