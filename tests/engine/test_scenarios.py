"""A probe with a scenario is sent without other requests in flight, while the scenario is active."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import TracebackType

import pytest

from conformance.engine import FaultKind, Load
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, FakeTarget, check, probe, run, status, verdicts


class FakeScenario:
    """A scenario that knows whether it is active, and which status it explains."""

    def __init__(self, explained: int = 0, *, silent: bool = False) -> None:
        self.explained, self.silent, self.active, self.entered = explained, silent, False, 0

    def __enter__(self) -> None:
        assert not self.active
        self.active, self.entered = True, self.entered + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.active = False

    def explains(self, status: int) -> bool:
        return status == self.explained

    def explains_silence(self) -> bool:
        return self.silent


def test_no_other_request_is_in_flight_while_a_scenario_is_active() -> None:
    scenario, seen = FakeScenario(), list[tuple[str, bool]]()
    running = 0

    async def behave(request: Request) -> int:
        nonlocal running
        running += 1
        special = request.path == "/special"
        assert scenario.active == special
        await asyncio.sleep(0.02)
        assert running == 1 or not special
        seen.append((request.path, scenario.active))
        running -= 1
        return 200

    others = [check(f"other-{n}") for n in range(12)]
    special = check("special", replace(probe("special"), scenario=scenario))
    target = FakeTarget(behave)
    found = verdicts(run([*others[:6], special, *others[6:]], target))
    assert set(found.values()) == {"pass"}
    assert target.peak > 1
    assert (("/special", True) in seen, scenario.active, scenario.entered) == (True, False, 1)


def test_a_busy_response_that_the_scenario_explains_is_not_retried() -> None:
    target = FakeTarget(lambda request: status(503, retry_after="0") if request.path == "/special" else 200)
    scenario = FakeScenario(explained=503)
    found = verdicts(run([check("special", replace(probe("special"), scenario=scenario))], target))
    assert (found["special"], target.paths) == ("fail", ["special"])


def test_a_busy_response_that_the_scenario_does_not_explain_is_retried_in_the_scenario() -> None:
    responses = iter([status(429, retry_after="0"), status(200)])
    scenario = FakeScenario(explained=503)
    target = FakeTarget(lambda request: next(responses) if request.path == "/special" else 200)
    found = verdicts(run([check("special", replace(probe("special"), scenario=scenario))], target))
    assert (found["special"], scenario.entered) == ("pass", 2)


@pytest.mark.parametrize(("silent", "verdict"), [(True, "fail"), (False, "blocked")])
def test_a_missing_response_that_the_scenario_explains_is_judged_by_its_check(
    silent: bool, verdict: str
) -> None:
    target = FakeTarget(lambda request: FailureKind.TIMEOUT if request.path == "/special" else 200)
    special = check("special", replace(probe("special"), scenario=FakeScenario(silent=silent)))
    answering = replace(check("answering", CANARY), observes=FaultKind.NO_ANSWER)
    found = verdicts(run([special, answering], target))
    assert found == {"special": verdict, "answering": "pass" if silent else "fail"}


def test_a_scenario_ends_with_a_failed_request() -> None:
    scenario = FakeScenario()
    target = FakeTarget(lambda request: FailureKind.DROPPED if request.path == "/special" else 200)
    load = Load(concurrency=2)
    found = verdicts(run([check("special", replace(probe("special"), scenario=scenario))], target, load=load))
    assert (found["special"], scenario.active) == ("fail", False)
