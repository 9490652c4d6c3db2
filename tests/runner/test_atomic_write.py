"""Reports are written completely or not at all, to files, streams and devices."""

from __future__ import annotations

import errno
import os
import pty
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.runner import atomic_write
from conformance.runner.atomic_write import write_text

PROGRAM = """
import sys
from pathlib import Path
from conformance.runner.atomic_write import write_text
print("before")
write_text(Path(sys.argv[1]), "report\\n")
print("after")
"""

WAIT = 60.0
"""Seconds for the next part of a text in a terminal."""


def test_the_folder_is_created_and_no_temporary_file_is_left(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "r.txt", "é\ud800")
    assert (tmp_path / "new" / "r.txt").read_bytes() == b"\xc3\xa9\\ud800"
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["r.txt"]


def test_a_replaced_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link.txt").symlink_to(real)
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_file_has_the_default_mode(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_text(tmp_path / "r.txt", "")
    assert (tmp_path / "r.txt").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_text(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.txt"
    file.write_text("old")

    def full(*_: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_text(file, "new")
    assert file.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["r.txt"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "link"])
@pytest.mark.parametrize(("by", "kept"), [(">", ""), (">>", "old\n")])
def test_the_report_is_appended_to_standard_output_in_order(
    by: str, kept: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    log = tmp_path / "log.txt"
    log.write_text("old\n")
    shell = ["bash", "-c", f'exec "$@" {by} log.txt', "bash"]
    subprocess.run([*shell, sys.executable, "-c", PROGRAM, name], cwd=tmp_path, check=True)
    assert log.read_text() == f"{kept}before\nreport\nafter\n"


def test_the_report_is_appended_to_standard_error(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        stream.write("old\n")
        stream.flush()
        words = [sys.executable, "-c", PROGRAM, "/dev/stderr"]
        subprocess.run(words, stderr=stream, stdout=subprocess.DEVNULL, check=True)
    assert log.read_text() == "old\nreport\n"


def test_a_pipe_and_a_terminal_receive_the_report() -> None:
    words = [sys.executable, "-c", PROGRAM, "/dev/stdout"]
    assert subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout == b"before\nreport\nafter\n"
    terminal, its_end = pty.openpty()
    subprocess.run(words, stdout=its_end, check=True)
    expected, shown = b"before\r\nreport\r\nafter\r\n", b""
    while len(shown) < len(expected) and select.select([terminal], [], [], WAIT)[0]:
        shown += os.read(terminal, 100)  # a part: a terminal may pass on a text in several
    assert shown == expected
    os.close(its_end)
    os.close(terminal)


def test_the_report_is_appended_to_a_file_open_in_another_process(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("old\n")
    with log.open("a") as stream, subprocess.Popen(["sleep", "60"], stdout=stream) as other:
        try:
            write_text(Path(f"/proc/{other.pid}/fd/1"), "report\n")
        finally:
            other.kill()
    assert log.read_text() == "old\nreport\n"


def test_all_hard_links_of_a_file_have_the_report(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("old")
    (tmp_path / "other.txt").hardlink_to(tmp_path / "r.txt")
    write_text(tmp_path / "r.txt", "new")
    assert (tmp_path / "other.txt").read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_text("old")
    os.chown(file, 1234, 4321)
    file.chmod(0o6640)
    write_text(file, "new")
    found = file.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 4321, 0o6640)
    assert file.read_text() == "new"


def test_a_file_whose_owner_cannot_be_kept_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    file = tmp_path / "r.txt"
    file.write_text("old")
    number = file.stat().st_ino
    monkeypatch.setattr(atomic_write, "_copy_owner_and_mode", reject)
    write_text(file, "new")
    assert (file.read_text(), file.stat().st_ino) == ("new", number)
    assert [found.name for found in tmp_path.iterdir()] == ["r.txt"]


@pytest.mark.parametrize("code", ["EACCES", "EBUSY", "EPERM", "EROFS", "EXDEV"])
@pytest.mark.parametrize(("home", "step"), [(atomic_write, "mkstemp"), (Path, "replace")])
def test_a_file_that_cannot_be_replaced_is_written_in_place(
    home: object, step: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(getattr(errno, code), code)

    file = tmp_path / "r.txt"
    file.write_text("something old")
    monkeypatch.setattr(home, step, fail)
    write_text(file, "new")
    assert file.read_text() == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["r.txt"]


def test_a_name_may_have_the_maximum_length(tmp_path: Path) -> None:
    file = tmp_path / ("r" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    write_text(file, "text")
    assert file.read_text() == "text"


def test_a_link_to_itself_is_an_error_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for file in (tmp_path / "a", tmp_path / "a" / "r.txt"):
        with pytest.raises(OSError, match="Too many levels of symbolic links"):
            write_text(file, "text")
    assert (tmp_path / "a").is_symlink()


def test_a_report_over_the_file_size_limit_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("old")
    program = """
import resource
from pathlib import Path
from conformance.runner.atomic_write import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
write_text(Path("r.txt"), "new" * 9_000)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert b"OSError: [Errno 27] File too large" in ended.stderr
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("r.txt", "old")]
