"""What breaks in the suite is an error of the suite, at each door, and is never blamed on the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import pytest

from conformance import check
from conformance.runner.background import SuiteBroke

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
FEW = 40


@pytest.fixture
def secret(credentials: Mapping[str, str]) -> str:
    return credentials["Portkey-Key"]


@pytest.fixture
def broken_check(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    def judge(_answer: Any) -> NoReturn:
        raise RuntimeError(f"kaput near {secret}")

    monkeypatch.setattr("conformance.checks.request.schema.meets_expectation", judge)


@pytest.fixture
def broken_run(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    def settle(_self: Any, _outcome: Any) -> NoReturn:
        raise RuntimeError(f"kaput near {secret}")

    monkeypatch.setattr("conformance.runner.background.BackgroundRun._settle", settle)


@pytest.mark.usefixtures("broken_check")
def test_a_check_that_raises_ends_with_3(door: Door, url: str, secret: str) -> None:
    ended = door(url, max_requests=FEW)
    assert ended.code == 3, ended.text
    assert ended.report["exit_code"] == 3
    assert ended.verdict("request.type") == "error"
    reason = ended.row("request.type")["reason"]
    assert "RuntimeError: kaput" in reason
    assert "an error of the suite itself, not of the target" in reason
    assert secret not in ended.text + str(ended.report)


@pytest.mark.usefixtures("broken_check")
def test_a_check_that_raises_does_not_make_the_target_nonconformant(door: Door, url: str) -> None:
    assert door(url, max_requests=FEW).report["verdict"] == "partial"


@pytest.mark.usefixtures("broken_check")
def test_a_check_that_raises_ends_with_3_also_when_it_is_the_first_failure(
    door_of_pytest: Door, url: str
) -> None:
    ended = door_of_pytest(url, max_requests=FEW, arguments=["-x"])
    assert ended.code == 3, ended.text
    assert ended.report["exit_code"] == 3


@pytest.mark.usefixtures("broken_check")
def test_an_error_is_never_written_to_the_baseline(door: Door, url: str, tmp_path: Any) -> None:
    baseline = tmp_path / "baseline.yaml"
    door(url, max_requests=FEW, baseline=baseline, update_baseline=True)
    assert "request.type" not in baseline.read_text("utf-8")


@pytest.mark.usefixtures("broken_run")
def test_a_run_that_breaks_ends_with_3_and_one_message(door: Door, url: str, secret: str) -> None:
    ended = door(url, max_requests=FEW)
    assert ended.code == 3, ended.text
    assert ended.text.count("the suite itself broke, the target is not to blame") == 1
    assert "FAILED" not in ended.text
    assert secret not in ended.text + str(ended.report)


@pytest.mark.usefixtures("broken_run")
def test_a_run_that_breaks_still_writes_its_report(door: Door, url: str) -> None:
    ended = door(url, max_requests=FEW)
    assert ended.report["exit_code"] == 3
    assert ended.report["verdict"] == "partial"


@pytest.mark.usefixtures("broken_run")
def test_a_run_that_breaks_raises_from_the_library(url: str, credentials: Mapping[str, str]) -> None:
    headers = {"x-portkey-api-key": credentials["Portkey-Key"], "x-portkey-config": credentials["Config"]}
    with pytest.raises(SuiteBroke, match="the target is not to blame") as caught:
        check(url, headers=headers, max_requests=FEW)
    assert "kaput" in caught.value.traceback
    assert headers["x-portkey-api-key"] not in f"{caught.value}{caught.value.traceback}"


def test_an_error_outside_of_the_run_ends_the_command_with_3(
    door_of_command: Door, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(_configuration: Any) -> NoReturn:
        raise RuntimeError("kaput")

    monkeypatch.setattr("conformance.cli.commands.run.prepare", prepare)
    ended = door_of_command(url)
    assert ended.code == 3
    assert "the suite itself broke, the target is not to blame" in ended.text
    assert "kaput" in ended.text


def test_an_error_outside_of_the_run_ends_pytest_with_3(
    door_of_pytest: Door, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(_configuration: Any) -> NoReturn:
        raise RuntimeError("kaput")

    monkeypatch.setattr("conformance.pytest_plugin.session.prepare", prepare)
    ended = door_of_pytest(url)
    assert ended.code == 3
    assert "INTERNALERROR" in ended.text
