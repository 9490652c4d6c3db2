"""The files of a run, at each front end: impossible ones are rejected before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a file that has three names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.txt").touch()
    (tmp_path / "soft").symlink_to("r.txt")
    (tmp_path / "hard").hardlink_to(tmp_path / "r.txt")
    (tmp_path / "to-new").symlink_to("new.txt")
    return tmp_path


def test_a_run_with_one_file_for_two_reports_sends_nothing(
    front_end: FrontEnd, alter: Callable[..., Any]
) -> None:
    target = alter()
    ended = front_end(target.url, html="r.x", markdown="./r.x")
    assert ended.code == 4, ended.text
    assert "markdown: html and markdown need different files; both are r.x" in ended.text
    assert not target.requests


def test_two_reports_to_one_stream_are_both_written(
    url: str, header: list[str], capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    words = [f"--header={line}" for line in header]
    streams = ["--json=/dev/stdout", "--badge=/dev/stdout"]
    assert main(["run", url, "--only=http.method.get", *words, *streams]) == 0
    printed = capfd.readouterr().out
    assert '"requirements": [' in printed
    assert '"schemaVersion": 1' in printed
    assert sorted(file.name for file in folder.iterdir()) == ["hard", "r.txt", "soft", "to-new"]


@pytest.mark.parametrize("again", ["run.json", "./run.json", "link"])
def test_a_saved_run_is_not_overwritten_by_a_report_of_it(
    again: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--only=http.method.get", "--json=run.json"]) == 0
    (folder / "link").symlink_to("run.json")
    before = (folder / "run.json").read_text("utf-8")
    capsys.readouterr()
    assert main(["report", "run.json", f"--html={again}"]) == 4
    assert (
        f"html: REPORT.json and html need different files; both are {Path(again)}" in capsys.readouterr().err
    )
    assert (folder / "run.json").read_text("utf-8") == before
    assert main(["report", "run.json", "--html=x", "--badge=./x"]) == 4
    assert not (folder / "x").exists()
