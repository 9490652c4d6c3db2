"""The suite beside other plugins of pytest: each of them does its work, and no verdict changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.plugins
pytest_plugins = ["pytester"]

Alter = Callable[..., Any]
METHODS = "http.method.*"
SECONDS = 0.5
"""The time of each response of a slow server: the whole run takes much longer than LIMIT."""

LIMIT = 1.0
"""The seconds that pytest-timeout allows for one test."""


def run(pytester: pytest.Pytester, target: Any, header: list[str], *arguments: str) -> Any:
    """A run of a few requirements in a process with all plugins, and the rows of its report."""
    file = Path(pytester.path, "report.json")
    words = [f"--target-url={target.url}", *(f"--target-header={line}" for line in header)]
    result = pytester.runpytest_subprocess(
        *words, f"--conformance-only={METHODS}", f"--conformance-json={file}", *arguments
    )
    rows = json.loads(file.read_text())["requirements"]
    return result, {row["id"]: row["verdict"] for row in rows if row["verdict"] != "not-tested"}


def slow(response: Any) -> Any:
    """The same response, later."""
    time.sleep(SECONDS)
    return response


def fails_at_put(response: Any) -> Any:
    """A server error for PUT."""
    return replace(response, status=500) if response.scope["method"] == "PUT" else response


@pytest.mark.parametrize(
    "arguments", [[], ["-p", "no:randomly"], ["-n", "2"], ["--reruns=2"], ["--asyncio-mode=auto"]]
)
def test_a_slow_run_passes_beside_all_plugins(
    pytester: pytest.Pytester, alter: Alter, header: list[str], arguments: list[str]
) -> None:
    result, verdicts = run(pytester, alter(slow), header, f"--timeout={LIMIT}", *arguments)
    assert result.ret == 0, str(result.stdout)
    assert set(verdicts.values()) == {"pass"}
    result.stdout.no_fnmatch_line("*Timeout*")


def test_reruns_do_not_change_a_verdict(pytester: pytest.Pytester, alter: Alter, header: list[str]) -> None:
    target = alter(fails_at_put)
    result, verdicts = run(pytester, target, header, "--reruns=2")
    assert result.ret == 1, str(result.stdout)
    failed = [id for id, verdict in verdicts.items() if verdict == "fail"]
    assert "http.method.put" in failed
    result.assert_outcomes(passed=len(verdicts) - len(failed), failed=1, xfailed=len(failed) - 1)


def test_the_html_page_of_pytest_has_the_requirements(
    pytester: pytest.Pytester, alter: Alter, header: list[str]
) -> None:
    result, verdicts = run(pytester, alter(), header, "--html=page.html", "--self-contained-html")
    assert result.ret == 0, str(result.stdout)
    page = Path(pytester.path, "page.html").read_text()
    assert verdicts
    assert all(id in page for id in verdicts)
