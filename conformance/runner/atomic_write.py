"""Writing a report: all of it or nothing where that can be had, and nothing else lost for it."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path
from tempfile import mkstemp

DRAFT = ".report-"
OPEN_FILE = re.compile(r"/proc/\d+/(?:task/\d+/)?fd/\d+|/dev/fd/\d+")
MOST_LINKS = 40
"""That the kernel follows, too, in one path."""

NO_DRAFT = (errno.EACCES, errno.EBUSY, errno.ENAMETOOLONG, errno.EPERM, errno.EROFS, errno.EXDEV)
"""Errors of a folder that takes no new file, or of a file that can not be replaced, as one that is mounted."""


def write_text(file: Path, text: str) -> None:
    """Write *text* to *file* and the folders above it. Raises OSError.

    A plain file has all of it or, where that fails, is left as it was, and keeps its owner, group and mode. It is
    written in place, without that promise, where it has other names (hard links), or can not be replaced. A pipe or a
    device is written to; what is open in a process (/dev/stdout) is added to, as it may hold more than the report.
    """
    data = text.encode("utf-8", "backslashreplace")
    if open_file := _open_file(file):
        _add(open_file, data)
        return
    found = _stat(file)
    if found is not None and (not stat.S_ISREG(found.st_mode) or found.st_nlink > 1):
        file.write_bytes(data)
        return
    place = file.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        _replace(place, data, found)
    except OSError as error:
        if error.errno not in NO_DRAFT:
            raise
        place.write_bytes(data)


def identity(file: Path) -> object | None:
    """What two paths have in common that lead to one plain file; None for all that several texts can be written to."""
    if _open_file(file):
        return None
    try:
        found = file.stat()
    except OSError:
        return os.path.realpath(file)
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


def _open_file(file: Path) -> Path | None:
    """The name of what is open in a process, such as /proc/123/fd/1, where *file* is one or a link to one.

    The link behind that name is not followed: it may lead to a file, or to nothing that a path could name.
    """
    for _ in range(MOST_LINKS):
        file = Path(os.path.realpath(file.parent), file.name)
        if OPEN_FILE.fullmatch(str(file)):
            return file
        if not file.is_symlink():
            return None
        file = file.parent / file.readlink()
    return None


def _add(open_file: Path, data: bytes) -> None:
    """Write *data* where the next of the process's output goes: after what it has said, before what it will say."""
    own = {os.path.realpath(folder) for folder in ("/dev/fd", "/proc/self/fd", "/proc/thread-self/fd")}
    if str(open_file.parent) not in own:
        with open_file.open("ab") as stream:
            stream.write(data)
        return
    for said in (sys.stdout, sys.stderr):
        said.flush()
    with os.fdopen(os.dup(int(open_file.name)), "wb") as stream:
        stream.write(data)


def _replace(place: Path, data: bytes, found: os.stat_result | None) -> None:
    handle, name = mkstemp(dir=place.parent, prefix=DRAFT)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if found is None:
            draft.chmod(0o666 & ~_umask())
        else:
            _make_alike(draft, found)
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _make_alike(draft: Path, found: os.stat_result) -> None:
    """Give *draft* the owner, group and mode that were *found*. Raises OSError where that is not allowed."""
    own = draft.stat()
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        os.chown(draft, found.st_uid, found.st_gid)
    draft.chmod(stat.S_IMODE(found.st_mode))


def _umask() -> int:
    """The process's file mode creation mask, which can only be read by setting it."""
    os.umask(mask := os.umask(0o077))
    return mask
