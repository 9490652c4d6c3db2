"""The files of a run are checked before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conformance.config.options import Configuration
from conformance.errors import ConfigurationError
from conformance.runner.outputs import report_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a file that has three names."""
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
def test_two_options_with_one_file_are_rejected(key: str, one: str, other: str) -> None:
    both = Configuration(**{key: Path(one)}, html=Path(other))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        report_files(both)
    assert str(caught.value) == f"html: {key} and html need different files; both are {Path(other)}"


@pytest.mark.parametrize("stream", [os.devnull, "/dev/stdout", "/proc/self/fd/1", "pipe"])
def test_a_stream_may_be_given_twice(stream: str, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert len(report_files(Configuration(json=Path(stream), html=Path(stream)))) == 2


@pytest.mark.usefixtures("folder")
def test_different_files_are_accepted() -> None:
    different = Configuration(json=Path("a"), html=Path("b"), baseline=Path("c"))
    assert report_files(different) == {"json": Path("a"), "html": Path("b")}


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("r.txt/below", "cannot write r.txt/below: Not a directory"),
        ("loop", "cannot write loop: Too many levels of symbolic links"),
        (".", ". is a folder; give the path of a file"),
    ],
)
def test_a_path_that_cannot_be_a_file_is_rejected(file: str, problem: str, folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(ConfigurationError) as caught:
        report_files(Configuration(html=Path(file)))
    assert str(caught.value) == f"html: {problem}"
