"""An internal error is reported as an error of the suite by each front end, and never as a fault of the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from conformance import check
from conformance.checks import build_suite
from conformance.engine import Judge, Suite
from conformance.runner.background import SuiteError

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
FEW = ["request.type", "http.method.get"]


@pytest.fixture
def secret(credentials: Mapping[str, str]) -> str:
    return credentials["Portkey-Key"]


@pytest.fixture
def crashing_check(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    def judge(_results: Any) -> NoReturn:
        raise RuntimeError(f"crash near {secret}")

    def build(*arguments: Any, **keywords: Any) -> Suite:
        suite = build_suite(*arguments, **keywords)
        crashing = replace(suite.checks["request.type"], judge=Judge("nothing", judge))
        return replace(suite, checks={**suite.checks, "request.type": crashing})

    monkeypatch.setattr("conformance.runner.prepare.build_suite", build)


@pytest.fixture
def crashing_run(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    def settle(_self: Any, _outcome: Any) -> NoReturn:
        raise RuntimeError(f"crash near {secret}")

    monkeypatch.setattr("conformance.runner.background._settle", settle)


@pytest.mark.usefixtures("crashing_check")
def test_a_check_that_raises_ends_with_3(front_end: FrontEnd, url: str, secret: str) -> None:
    result = front_end(url, only=FEW)
    assert result.code == 3, result.text
    assert result.report["exit_code"] == 3
    assert result.verdict("request.type") == "error"
    reason = result.row("request.type")["reason"]
    assert "RuntimeError: crash" in reason
    assert "internal error in the suite (not a fault of the target)" in reason
    assert secret not in result.text + str(result.report)


@pytest.mark.usefixtures("crashing_check")
def test_a_check_that_raises_does_not_make_the_target_nonconformant(front_end: FrontEnd, url: str) -> None:
    assert front_end(url, only=FEW).report["verdict"] == "partial"


@pytest.mark.usefixtures("crashing_check")
def test_a_check_that_raises_ends_with_3_if_it_is_the_first_failure(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, only=FEW, arguments=["-x"])
    assert result.code == 3, result.text
    assert result.report["exit_code"] == 3


@pytest.mark.usefixtures("crashing_check")
def test_an_error_is_never_written_to_the_baseline(front_end: FrontEnd, url: str, tmp_path: Any) -> None:
    baseline = tmp_path / "baseline.yaml"
    front_end(url, only=FEW, baseline=baseline, update_baseline=True)
    assert "request.type" not in baseline.read_text("utf-8")


@pytest.mark.usefixtures("crashing_run")
def test_a_crash_of_the_run_ends_with_3_and_one_message(front_end: FrontEnd, url: str, secret: str) -> None:
    result = front_end(url, only=FEW)
    assert result.code == 3, result.text
    assert result.text.count("internal error in the suite (not a fault of the target)") == 1
    assert "FAILED" not in result.text
    assert secret not in result.text + str(result.report)


@pytest.mark.usefixtures("crashing_run")
def test_a_crash_of_the_run_still_writes_the_report(front_end: FrontEnd, url: str) -> None:
    result = front_end(url, only=FEW)
    assert result.report["exit_code"] == 3
    assert result.report["verdict"] == "partial"


@pytest.mark.usefixtures("crashing_run")
def test_check_raises_suite_error_for_a_crash_of_the_run(url: str, credentials: Mapping[str, str]) -> None:
    headers = {"x-portkey-api-key": credentials["Portkey-Key"], "x-portkey-config": credentials["Config"]}
    with pytest.raises(SuiteError, match="not a fault of the target") as caught:
        check(url, headers=headers, only=FEW)
    assert "crash" in caught.value.traceback
    assert headers["x-portkey-api-key"] not in f"{caught.value}{caught.value.traceback}"


def test_a_crash_before_the_run_ends_the_command_with_3(
    run_command: FrontEnd, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(_configuration: Any) -> NoReturn:
        raise RuntimeError("crash")

    monkeypatch.setattr("conformance.cli.commands.run.prepare_run", prepare)
    result = run_command(url)
    assert result.code == 3
    assert "internal error in the suite (not a fault of the target)" in result.text
    assert "crash" in result.text


def test_a_crash_before_the_run_ends_pytest_with_3(
    run_pytest: FrontEnd, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*_given: Any) -> NoReturn:
        raise RuntimeError("crash")

    monkeypatch.setattr("conformance.pytest_plugin.session.prepare_run", prepare)
    result = run_pytest(url)
    assert result.code == 3
    assert "INTERNALERROR" in result.text
