"""Checks for a replay send fewer requests, or others before and beside them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.engine import (
    FaultKind,
    ProbeResult,
    Verdict,
    only_probes,
    recording_check,
    sent_after,
    sent_beside,
)
from conformance.engine.conditions import condition_after, request_before
from conformance.http_client import Request
from tests.engine.fakes import FakeTarget, check, exchange, probe, run

BAD = probe("bad")


def test_only_the_wanted_requests_of_a_check_are_sent() -> None:
    target = FakeTarget(lambda request: 200)
    run([only_probes(check("a", probe("one"), probe("two")), lambda p: p.description == "two")], target)
    assert target.paths == ["two"]


def test_the_whole_check_is_sent_if_no_request_is_wanted() -> None:
    whole = check("a", probe("one"), probe("two"))
    assert only_probes(whole, lambda _: False) is whole


def test_the_whole_check_is_sent_if_it_judges_its_results_together() -> None:
    whole = check("a", probe("one"), probe("two"))
    together = replace(whole, judge=replace(whole.judge, of_each=False))
    assert only_probes(together, lambda p: p.description == "two") is together


def test_a_check_is_sent_after_others_whose_results_it_does_not_judge() -> None:
    target = FakeTarget(lambda request: 500 if request.path == "/bad" else 200)
    result = run([sent_after(check("a"), [BAD])], target)
    assert target.paths == ["bad", "a"]
    assert result.outcomes["a"].verdict is Verdict.PASS


def test_a_failure_that_needs_another_request_before_is_there_again() -> None:
    seen: list[str] = []

    def behave(request: Request) -> int:
        seen.append(request.path)
        return 500 if request.path == "/a" and "/bad" in seen else 200

    assert run([check("a")], FakeTarget(behave)).outcomes["a"].verdict is Verdict.PASS
    assert run([sent_after(check("a"), [BAD])], FakeTarget(behave)).outcomes["a"].verdict is Verdict.FAIL


def test_a_check_is_sent_beside_others() -> None:
    running: set[str] = set()
    together: list[bool] = []

    async def behave(request: Request) -> int:
        running.add(request.path)
        await asyncio.sleep(0.1)
        if request.path == "/a":
            together.append({"/one", "/two"} <= running)
        await asyncio.sleep(0.1)
        running.discard(request.path)
        return 200

    run([sent_beside(check("a"), [probe("one"), probe("two")])], FakeTarget(behave))
    assert together == [True]


def test_the_judged_results_are_kept() -> None:
    kept: list[ProbeResult] = []
    run([recording_check(check("a"), kept.extend)], FakeTarget(lambda request: 200))
    assert {result.probe.description for result in kept} == {"a"}


def test_a_condition_names_the_request_before() -> None:
    sentence = condition_after(BAD, exchange(BAD.request, 200), of_vectors=False, is_crash=False).sentence
    assert request_before(sentence) == BAD.description
    assert request_before("It failed again when it was sent alone.") == ""


@pytest.mark.parametrize(
    ("status", "is_crash", "kind"),
    [(400, True, FaultKind.AFTER_REJECTION), (400, False, None), (200, True, None)],
)
def test_a_crash_after_a_rejected_request_is_a_fault_of_rejections(
    status: int, is_crash: bool, kind: FaultKind | None
) -> None:
    found = condition_after(BAD, exchange(BAD.request, status), of_vectors=False, is_crash=is_crash)
    assert found.kind is kind
