"""Checks about the whole run: they are exercised last, and see all exchanges."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.engine import (
    Budget,
    Check,
    Evidence,
    Expect,
    FaultKind,
    Load,
    Moment,
    Probe,
    ProbeResult,
    Reader,
    Run,
    RunResult,
    Settings,
    Suite,
    judges_each,
    make_plan,
    plan_totals,
)
from conformance.http_client import Exchange, Request
from tests.engine.fakes import CANARY, FakeTarget, Result, check, probe, suite, verdicts
from tests.virtual_time import run_in_virtual_time


class Observer:
    """Reads all exchanges; one with the path /bad shows another vector."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._found: list[Evidence] = []

    def read(self, exchange: Exchange, probe: Probe, moment: Moment) -> Exchange:
        assert probe.request == exchange.request
        self.moments.append(moment)
        if exchange.request.path == "/bad":
            self._found.append(Evidence("the same vector", f"another one in {moment}", exchange))
        return exchange

    def found(self, kind: str) -> Sequence[Evidence]:
        return self._found if kind == FaultKind.OTHER_VECTOR else ()


@judges_each("nothing")
def never(result: ProbeResult) -> Evidence:
    return Evidence("nothing", "a response", result.exchange)


async def _one_second(_request: Request) -> Result:
    await asyncio.sleep(1)
    return 200


def last(id: str) -> Check:
    return replace(check(id), last=True, observes=FaultKind.OTHER_VECTOR)


def run(*checks: Check, observer: Observer | None = None, seconds: float | None = None) -> RunResult:
    observer = observer or Observer()
    of_fakes: Suite = replace(suite(*checks), reader=Reader(observer.read, found=observer.found))
    settings = Settings(Load(concurrency=1), max_seconds=seconds)
    return run_in_virtual_time(Run(of_fakes, FakeTarget(_one_second), settings).execute())


def test_checks_that_share_probes_need_few_tasks() -> None:
    shared, tasks = [probe(str(number)) for number in range(50)], [0]

    async def behavior(_request: Request) -> int:
        tasks.append(len(asyncio.all_tasks()))
        await asyncio.sleep(1)
        return 200

    checks = [replace(check(f"c{number}"), probes=tuple(shared)) for number in range(40)]
    result = run_in_virtual_time(Run(suite(*checks), FakeTarget(behavior), Settings()).execute())
    assert {outcome.verdict.value for outcome in result.outcomes.values()} == {"pass"}
    assert {outcome.requests for outcome in result.outcomes.values()} == {50}
    assert max(tasks) < 40 + 50 + 20


def test_a_check_about_the_whole_run_is_exercised_after_all_others() -> None:
    target = FakeTarget(lambda request: 200)
    checks = (last("whole"), check("a"), check("b", needs=["a"]), last("other"))
    run_in_virtual_time(Run(suite(*checks), target, Settings()).execute())
    assert target.paths[:2] == ["a", "b"]
    assert set(target.paths[2:]) == {"whole", "other"}


def test_another_check_cannot_need_one_about_the_whole_run() -> None:
    with pytest.raises(ValueError, match="needs one that is"):
        suite(last("whole"), check("a", needs=["whole"]))


def test_what_the_reader_found_fails_the_check_that_observes_it() -> None:
    result = run(last("whole"), check("bad"), check("a"))
    assert verdicts(result) == {"whole": "fail", "bad": "pass", "a": "pass"}
    assert "another one in request " in result.outcomes["whole"].reason


def test_a_fault_of_connections_explains_what_was_found() -> None:
    kept = replace(check("kept", probe("unknown")), of_connections=True, judge=never)
    result = run(last("whole"), check("bad"), kept)
    assert verdicts(result) == {"whole": "blocked", "bad": "pass", "kept": "fail"}
    assert result.outcomes["whole"].blocked_by == "kept"


def test_what_was_found_counts_although_the_run_ends_before_the_check() -> None:
    found = run(last("whole"), check("bad"), *(check(f"c{n}") for n in range(9)), seconds=4.5)
    assert found.out_of_time
    assert verdicts(found)["whole"] == "fail"
    nothing = run(last("whole"), *(check(f"c{n}") for n in range(9)), seconds=4.5)
    assert verdicts(nothing)["whole"] == "not-tested"


def test_the_reader_gets_the_number_of_each_request_and_its_time() -> None:
    observer = Observer()
    run(check("a"), check("b", needs=["a"]), observer=observer)
    assert [moment.number for moment in observer.moments] == [1, 2, 3]
    assert [round(moment.seconds, 2) for moment in observer.moments] == [0, 1, 2]
    assert str(Moment(1234, 5.06)) == "request 1,234, 5.1 s after the start"


def test_the_plan_has_no_extra_requests_for_a_check_if_the_run_sends_enough_canaries() -> None:
    rejected = [check(f"r{n}", probe(f"r{n}", Expect.REJECT)) for n in range(3)]
    whole = replace(last("whole"), extra=10, enough_canaries=4)
    enough = make_plan(suite(whole, *rejected).checks, ["whole", "r0", "r1", "r2"], CANARY, Budget())
    few = make_plan(suite(whole, *rejected).checks, ["whole", "r0"], CANARY, Budget())
    assert plan_totals(enough, CANARY)[0] == 1 + 2 + 3 * 2
    assert plan_totals(few, CANARY)[0] == 1 + 2 + 10 + 2
