"""A failure is known as soon as one response shows it, while its check waits for others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.engine import Evidence, Expect, Judge, Probe, ProbeResult, Verdict, judges_each
from conformance.http_client import Request
from tests.engine.fakes import FakeTarget, as_expected, check, make_run, probe
from tests.virtual_time import run_in_virtual_time

FIRST, SLOW = probe("first"), probe("slow")
TOGETHER = Judge("as all others", as_expected.find_evidence)


async def answer(request: Request) -> int:
    if request.path == "/slow":
        await asyncio.sleep(60)
    return 200 if request.path in ("/canary", "/first", "/slow") else 500


@pytest.mark.parametrize(
    ("probes", "judge", "early"),
    [
        ((SLOW, probe("wrong")), as_expected, ["slow-check"]),
        ((SLOW, probe("wrong")), TOGETHER, []),
        ((SLOW, FIRST), as_expected, []),
        ((SLOW, probe("first", Expect.REJECT)), as_expected, ["slow-check"]),
    ],
)
def test_a_failure_is_known_before_its_check_has_ended(
    probes: tuple[Probe, ...], judge: Judge, early: list[str]
) -> None:
    made = make_run([check("slow-check", *probes, judge=judge)], FakeTarget(answer))

    async def failures_after_a_second() -> list[str]:
        task = asyncio.create_task(made.execute())
        await asyncio.sleep(1)
        found = [outcome.requirement.id for outcome in made.failures()]
        await task
        return found

    assert run_in_virtual_time(failures_after_a_second()) == early


def test_a_judge_that_raises_ends_its_check_only() -> None:
    """asyncio would print what a callback raises, with the request and its credentials."""

    @judges_each("nothing")
    def crashing(result: ProbeResult) -> Evidence | None:
        raise RuntimeError(result.probe.description)

    made = make_run([check("crashing", FIRST, SLOW, judge=crashing)], FakeTarget(answer))

    async def printed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
        result = await made.execute()
        assert result.outcomes["crashing"].verdict is Verdict.ERROR
        return found

    assert run_in_virtual_time(printed()) == []
