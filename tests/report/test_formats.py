"""Writing reports: all of one or nothing, wherever it is to go."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from conformance.report import write_text


def test_folders_are_made_and_no_draft_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "r.txt", "é\ud800")
    assert (tmp_path / "new" / "r.txt").read_bytes() == b"\xc3\xa9\\ud800"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["r.txt"]


def test_what_stood_there_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(real)
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_text(tmp_path / "r.txt", "")
    assert (tmp_path / "r.txt").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_text(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.txt"
    file.write_text("old")

    def full(*_: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_text(file, "new")
    assert file.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["r.txt"]
