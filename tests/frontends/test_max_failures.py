"""``--max-failures`` and ``-x`` end a run in order: with its reports, and the exit code of a failing run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.main import main

FrontEnd = Callable[..., Any]
ONLY = ["http.method.*"]
AFTER_ONE = "the run ended after 1 failure (option max-failures)"


@pytest.fixture
def faulty(alter: Callable[..., Any]) -> str:
    """The URL of a server that accepts GET, and omits Allow."""

    def change(response: Any) -> Any:
        if response.scope["method"] == "GET":
            return replace(response, status=200, body=b'{"data": [{"embedding": [0.5]}]}')
        return replace(response, headers=[pair for pair in response.headers if pair[0] != b"allow"])

    return str(alter(change).url)


def test_the_command_ends_after_one_failure(run_command: FrontEnd, faulty: str) -> None:
    result = run_command(faulty, only=ONLY, concurrency=1, max_failures=1)
    assert result.code == 1, result.text
    assert result.report["max_failures_reached"]
    assert "nonconformant (ended after the first failures): " in result.text
    assert result.verdict("http.method.get") == "fail"
    assert result.row("http.method.patch")["reason"] == AFTER_ONE
    assert "--max-failures 1" in result.report["reproduce"]
    assert "--max-failures" not in result.row("http.method.get")["reproduce"]


def test_failures_below_the_level_or_in_the_baseline_do_not_count(
    run_command: FrontEnd, faulty: str, tmp_path: Path
) -> None:
    known = tmp_path / "known.yaml"
    known.write_text("format: 1\nknown-failures:\n  http.method.get: {reason: known}\n")
    result = run_command(faulty, only=ONLY, concurrency=1, max_failures=1, baseline=known)
    assert result.code == 0, result.text
    assert not result.report["max_failures_reached"]
    assert not [row for row in result.report["requirements"] if row["reason"] == AFTER_ONE]


def test_x_is_one_failure(
    faulty: str, header: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [
        "run",
        faulty,
        "-x",
        "--only",
        *ONLY,
        "--concurrency=1",
        *(f"--header={line}" for line in header),
    ]
    assert main([*words, "--junitxml", "report.xml"]) == 1
    assert AFTER_ONE in (tmp_path / "report.xml").read_text("utf-8")


def test_check_has_the_option(faulty: str, header: list[str]) -> None:
    headers = dict(line.split(": ", 1) for line in header)
    report = check(faulty, headers=headers, only=ONLY, concurrency=1, max_failures=1)
    assert report.code == 1
    assert AFTER_ONE in {outcome.reason for outcome in report.result.outcomes.values()}
