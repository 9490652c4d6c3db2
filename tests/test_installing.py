"""What is installed is installed once, and what cannot be installed is told as that. No network, no npm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.installing import NPM_FILES, SetupError, npm_packages, program

COUNT = """#!/bin/sh
echo run >>"$COUNTED"
"""
FAIL = """#!/bin/sh
echo "it is not there" >&2
exit 7
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in NPM_FILES:
        (folder / name).write_text(name, "utf-8")
    return folder


def put_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program called npm; the file that it counts its runs in."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(script, "utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent))
    monkeypatch.setenv("COUNTED", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_packages_are_installed_once_for_the_same_files(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = put_npm(tmp_path, monkeypatch, COUNT)
    for _ in range(2):
        assert npm_packages(source, tmp_path / "there") == tmp_path / "there"
    assert runs.read_text("utf-8") == "run\n"
    assert (tmp_path / "there" / "package-lock.json").read_text("utf-8") == "package-lock.json"


def test_packages_are_installed_again_when_a_file_changes(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = put_npm(tmp_path, monkeypatch, COUNT)
    npm_packages(source, tmp_path / "there")
    (source / "package-lock.json").write_text("another", "utf-8")
    npm_packages(source, tmp_path / "there")
    assert runs.read_text("utf-8") == "run\nrun\n"


def test_a_failed_installation_is_told_with_its_output_and_tried_again(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm(tmp_path, monkeypatch, FAIL)
    for _ in range(2):
        with pytest.raises(SetupError, match="npm ci --no-progress ended with 7") as caught:
            npm_packages(source, tmp_path / "there")
        assert caught.value.output == "it is not there"


def test_a_program_that_is_not_there_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SetupError, match="npm is not on PATH; install Node"):
        program("npm", "install Node.js")
