"""Failures are shown while a run goes on: in lines of a log, with a clock of the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from conformance.cli.live import MAX_IDS, LiveFailures, ProgressLog, bar_text
from conformance.contract import Requirement, Source
from conformance.engine import Outcome, Verdict
from conformance.report import Judged, judge_standing

SECRET = "very-secret-key-1234567"


class FakeRun:
    """A run of 4 requirements and about 1,985 requests."""

    selected: Sequence[str] = ("a", "b", "c", "d")
    planned_requests = 1985

    def __init__(self) -> None:
        self.requests = 0
        self.outcomes: list[Outcome] = []

    def counts(self) -> Counter[Verdict]:
        return Counter(outcome.verdict for outcome in self.outcomes)

    def failures(self) -> Sequence[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.verdict is Verdict.FAIL]

    def add(self, id: str, verdict: Verdict = Verdict.FAIL, level: str = "must", reason: str = "") -> None:
        source = Source("http", reference="RFC 9110")
        requirement = Requirement(id, level, "area", "A title", source, severity="security")
        self.outcomes.append(Outcome(requirement, verdict, reason or f"what is wrong with {id}"))


class Screen:
    """The log of a run, at a time that the test sets."""

    def __init__(self, run: FakeRun, level: str = "must") -> None:
        def judge(outcome: Outcome) -> Judged:
            return judge_standing(outcome, fail_level=level, baseline={})

        self.seconds = 1000.0
        self.failures = LiveFailures(run, judge, lambda text: text.replace(SECRET, "***"))
        self._log = ProgressLog(run, self.failures, clock=lambda: self.seconds)

    def at(self, seconds: float) -> list[str]:
        self.seconds = 1000.0 + seconds
        return list(self._log.lines())


@pytest.fixture
def run() -> FakeRun:
    return FakeRun()


def test_a_run_of_less_than_ten_seconds_has_no_lines(run: FakeRun) -> None:
    run.add("a")
    assert Screen(run).at(9.9) == []


def test_a_line_every_ten_seconds_has_requests_passes_and_failed_ids(run: FakeRun) -> None:
    screen = Screen(run)
    run.requests = 512
    run.add("a", Verdict.PASS)
    run.add("auth.bypass")
    assert screen.at(10.1) == [
        "10 s: FAIL auth.bypass (MUST, security)  what is wrong with auth.bypass",
        "10 s: 512 of about 1,985 requests; requirements: 1 passed, 1 failed: auth.bypass",
    ]
    assert screen.at(20) == []
    run.requests = 1024
    assert screen.at(20.2) == [
        "20 s: 1,024 of about 1,985 requests; requirements: 1 passed, 1 failed: auth.bypass"
    ]


def test_a_failure_after_the_first_line_is_shown_at_once_and_once(run: FakeRun) -> None:
    screen = Screen(run)
    screen.at(10)
    run.add("b")
    assert screen.at(11) == ["11 s: FAIL b (MUST, security)  what is wrong with b"]
    assert screen.at(12) == []


def test_a_failure_that_does_not_count_is_not_shown(run: FakeRun) -> None:
    run.add("b", level="should")
    assert screen_lines(run) == ["10 s: 0 of about 1,985 requests; requirements: 0 passed, 0 failed"]
    assert len(screen_lines(run, level="should")) == 2


def test_says_that_there_is_no_verdict_yet(run: FakeRun) -> None:
    assert screen_lines(run) == ["10 s: 0 of about 1,985 requests; no verdict yet"]


def test_says_that_failed_requests_are_repeated(run: FakeRun) -> None:
    for id in "abcd":
        run.add(id, Verdict.PASS)
    assert screen_lines(run)[-1].endswith("4 passed, 0 failed; the failed requests are repeated")


def test_names_some_of_many_failures(run: FakeRun) -> None:
    for number in range(MAX_IDS + 2):
        run.add(f"r{number}")
    assert screen_lines(run)[-1].endswith(", r4 and 2 more")


def test_a_line_is_short_printable_and_without_credentials(run: FakeRun) -> None:
    run.add("a", reason=f"\x1b[2J{SECRET} {'x' * 500}")
    (line, _) = screen_lines(run)
    assert len(line) == 160
    assert line.isprintable()
    assert SECRET not in line


def test_the_bar_has_all_verdicts(run: FakeRun) -> None:
    assert bar_text(run) == "no verdict yet; request 0 of 1985"
    run.add("a", Verdict.BLOCKED)
    run.add("b")
    assert bar_text(run) == "1 fail, 1 blocked; request 0 of 1985"


def screen_lines(run: FakeRun, level: str = "must") -> list[str]:
    return Screen(run, level).at(10)
