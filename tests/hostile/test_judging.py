"""The limits are measured, and a run that differs from what is expected is reported."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from .expected import NO_ANSWER, Expected, correct, not_testable
from .measured import run
from .running import Finished

PYTHON = [sys.executable, "-I", "-S", "-c"]
ENDED = Finished(0, 1.0, 100, "pass", "", Path("report.json"))


def row(id: str, *, level: str = "must", verdict: str = "fail", reason: str = "") -> dict[str, str]:
    return {"id": id, "level": level, "verdict": verdict, "reason": reason}


def problems(expected: Expected, *rows: dict[str, str]) -> list[str]:
    return list(expected.problems({"requirements": rows}))


def test_a_process_is_measured() -> None:
    ended = run(60, 1000, [*PYTHON, "x = b' ' * 80 * 2**20; raise SystemExit(3)"])
    assert ended["code"] == 3
    assert ended["megabytes"] >= 80


def test_a_process_is_killed_at_the_limit_of_time() -> None:
    ended = run(0.2, 1000, [*PYTHON, "import time; time.sleep(600)"])
    assert ended["code"] == -9
    assert ended["seconds"] >= 0.2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_is_killed_at_the_limit_of_memory() -> None:
    ended = run(60, 50, [*PYTHON, "import time; x = b' ' * 80 * 2**20; time.sleep(600)"])
    assert ended["code"] == -9


def test_the_requirement_that_is_violated_must_fail() -> None:
    expected = Expected(fails=("a.*", "b"))
    assert problems(expected, row("a.x")) == problems(expected, row("b"), row("c", verdict="pass")) == []
    assert problems(expected, row("a.x", verdict="blocked")) == ["expected a failure of a.* or b, found []"]


def test_no_other_must_may_fail() -> None:
    expected = Expected(fails=("a",), also=("also.*",))
    assert problems(expected, row("a"), row("also.x"), row("c", level="should")) == []
    assert problems(expected, row("a"), row("c")) == ["requirements failed that the server meets: ['c']"]
    assert problems(correct(), row("c")) == ["requirements failed that the server meets: ['c']"]


def test_evidence_must_name_the_cause() -> None:
    expected = Expected(fails=("a",), evidence=NO_ANSWER)
    assert problems(expected, row("a", reason="no response in 2 s")) == []
    assert len(problems(expected, row("a", reason="crashed"))) == 1


@pytest.mark.parametrize(
    ("ended", "expected", "problem"),
    [
        (replace(ENDED, code=1), correct(), "expected exit code 0, found 1"),
        (replace(ENDED, seconds=121.0), correct(), "expected at most 120 s, found 121.0 s"),
        (replace(ENDED, megabytes=301), correct(), "expected at most 300 MB, found 301 MB"),
        (replace(ENDED, code=4), not_testable("refused"), "expected 'refused' in the output, found 'pass'"),
        (replace(ENDED, target_output="Traceback"), correct(), "the target wrote 'Traceback'"),
        (replace(ENDED, output="fake-bearer-710e0dbd"), correct(), "the credential was printed: fake-"),
    ],
)
def test_a_run_outside_its_limits_is_a_problem(ended: Finished, expected: Expected, problem: str) -> None:
    assert any(found.startswith(problem) for found in ended.problems(expected))


def test_a_run_without_a_report_is_a_problem() -> None:
    (found,) = ENDED.problems(correct())
    assert "report.json" in found
