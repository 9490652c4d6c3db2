"""The files that a run is to leave: refused before anything is sent where they can not be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from conformance.config.settings import Configuration, ConfigurationError
from conformance.runner.outputs import report_files

pytest_plugins = ["pytester"]

Door = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a file that has three names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.txt").touch()
    (tmp_path / "soft").symlink_to("r.txt")
    (tmp_path / "hard").hardlink_to(tmp_path / "r.txt")
    (tmp_path / "to-new").symlink_to("new.txt")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("r.txt", "r.txt"),
        ("r.txt", "./r.txt"),
        ("r.txt", "soft"),
        ("r.txt", "hard"),
        ("new.txt", "new.txt"),
        ("new.txt", "to-new"),
        ("new.txt", "no-such-folder/../new.txt"),
    ],
)
@pytest.mark.parametrize("key", ["json", "baseline"])
@pytest.mark.usefixtures("folder")
def test_two_for_one_file_are_refused(key: str, one: str, other: str) -> None:
    both = Configuration(**{key: Path(one)}, html=Path(other))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        report_files(both)
    told = f"html: expected a file of its own, found {Path(other)}, the file of {key} too"
    assert str(caught.value) == told


@pytest.mark.parametrize("stream", [os.devnull, "/dev/stdout", "/proc/self/fd/1", "pipe"])
def test_what_is_no_plain_file_may_be_named_twice(stream: str, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert len(report_files(Configuration(json=Path(stream), html=Path(stream)))) == 2


@pytest.mark.usefixtures("folder")
def test_files_apart_are_not_refused() -> None:
    apart = Configuration(json=Path("a"), html=Path("b"), baseline=Path("c"))
    assert report_files(apart) == {"json": Path("a"), "html": Path("b")}


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("r.txt/below", "r.txt/below: Not a directory"),
        ("loop", "loop: Too many levels of symbolic links"),
        (".", "the folder ."),
    ],
)
def test_what_no_file_can_be_is_refused(file: str, found: str, folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(ConfigurationError) as caught:
        report_files(Configuration(html=Path(file)))
    assert str(caught.value) == f"html: expected the path of a file, found {found}"


def test_a_run_with_one_file_for_two_sends_nothing(door: Door, alter: Callable[..., Any]) -> None:
    target = alter()
    ended = door(target.url, html="r.x", markdown="./r.x")
    assert ended.code == 4, ended.text
    assert "markdown: expected a file of its own, found r.x, the file of html too" in ended.text
    assert not target.requests


def test_each_of_two_reports_for_one_stream_is_written(
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
    said = capsys.readouterr()
    assert f"html: expected a file of its own, found {Path(again)}, the file of RUN.json too" in said.err
    assert (folder / "run.json").read_text("utf-8") == before
    assert main(["report", "run.json", "--html=x", "--badge=./x"]) == 4
    assert not (folder / "x").exists()
