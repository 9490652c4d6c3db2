"""A probe with a scene is sent with nothing else under way, while what it sets holds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import TracebackType

from conformance.engine import Load
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import FakeTarget, check, probe, run, status, verdicts


class Stage:
    """A scene that knows whether it is set, and which statuses it explains."""

    def __init__(self, explained: int = 0) -> None:
        self.explained, self.is_set, self.entered = explained, False, 0

    def __enter__(self) -> None:
        assert not self.is_set
        self.is_set, self.entered = True, self.entered + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_set = False

    def explains(self, status: int) -> bool:
        return status == self.explained


def test_nothing_else_is_under_way_while_the_scene_is_set() -> None:
    stage, seen = Stage(), list[tuple[str, bool]]()
    running = 0

    async def behave(request: Request) -> int:
        nonlocal running
        running += 1
        staged = request.path == "/staged"
        assert stage.is_set == staged
        await asyncio.sleep(0.02)
        assert running == 1 or not staged
        seen.append((request.path, stage.is_set))
        running -= 1
        return 200

    others = [check(f"other-{n}") for n in range(12)]
    staged = check("staged", replace(probe("staged"), scenario=stage))
    target = FakeTarget(behave)
    found = verdicts(run([*others[:6], staged, *others[6:]], target))
    assert set(found.values()) == {"pass"}
    assert target.peak > 1
    assert (("/staged", True) in seen, stage.is_set, stage.entered) == (True, False, 1)


def test_a_busy_answer_that_the_scene_explains_is_the_answer() -> None:
    target = FakeTarget(lambda request: status(503, retry_after="0") if request.path == "/staged" else 200)
    stage = Stage(explained=503)
    found = verdicts(run([check("staged", replace(probe("staged"), scenario=stage))], target))
    assert (found["staged"], target.paths) == ("fail", ["staged"])


def test_a_busy_answer_of_the_targets_own_is_tried_again_in_the_scene() -> None:
    answers = iter([status(429, retry_after="0"), status(200)])
    stage = Stage(explained=503)
    target = FakeTarget(lambda request: next(answers) if request.path == "/staged" else 200)
    found = verdicts(run([check("staged", replace(probe("staged"), scenario=stage))], target))
    assert (found["staged"], stage.entered) == ("pass", 2)


def test_a_scene_ends_with_a_request_that_comes_to_nothing() -> None:
    stage = Stage()
    target = FakeTarget(lambda request: FailureKind.DROPPED if request.path == "/staged" else 200)
    load = Load(concurrency=2)
    found = verdicts(run([check("staged", replace(probe("staged"), scenario=stage))], target, load=load))
    assert (found["staged"], stage.is_set) == ("fail", False)
