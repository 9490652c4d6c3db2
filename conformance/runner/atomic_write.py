"""Write a report completely or not at all, as far as the file system allows, and change no other file."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path
from tempfile import mkstemp

TEMPORARY_PREFIX = ".report-"
OPEN_FILE = re.compile(r"/proc/\d+/(?:task/\d+/)?fd/\d+|/dev/fd/\d+")
MAX_LINKS = 40
"""Symbolic links in one path; the kernel has the same limit."""

CANNOT_REPLACE = (errno.EACCES, errno.EBUSY, errno.ENAMETOOLONG, errno.EPERM, errno.EROFS, errno.EXDEV)
"""Errors of a folder where no file can be created, or of a file that cannot be replaced (a mounted one)."""


def write_text(file: Path, text: str) -> None:
    """Write *text* to *file*, and create its folder. Raises OSError.

    A plain file is replaced by a new one with the same owner, group and mode; if that fails, it keeps its old text.
    A file that has other names (hard links) or cannot be replaced is written in place instead. A pipe or a device is
    written to. To a file that is open in a process (/dev/stdout), the text is appended: it may hold other output.
    """
    data = text.encode("utf-8", "backslashreplace")
    if open_file := _open_file(file):
        _append(open_file, data)
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
        if error.errno not in CANNOT_REPLACE:
            raise
        place.write_bytes(data)


def file_identity(file: Path) -> object | None:
    """A value that is the same for all paths to one plain file; None where several texts can be written."""
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
    """The path of an open file, such as /proc/123/fd/1, if *file* is one or a link to one.

    The link at that path is not followed: it may point to a file, or to something that has no path.
    """
    for _ in range(MAX_LINKS):
        file = Path(os.path.realpath(file.parent), file.name)
        if OPEN_FILE.fullmatch(str(file)):
            return file
        if not file.is_symlink():
            return None
        file = file.parent / file.readlink()
    return None


def _append(open_file: Path, data: bytes) -> None:
    """Write *data* between the past and the future output of the process that has the file open."""
    own = {os.path.realpath(folder) for folder in ("/dev/fd", "/proc/self/fd", "/proc/thread-self/fd")}
    if str(open_file.parent) not in own:
        with open_file.open("ab") as stream:
            stream.write(data)
        return
    for output in (sys.stdout, sys.stderr):
        output.flush()
    with os.fdopen(os.dup(int(open_file.name)), "wb") as stream:
        stream.write(data)


def _replace(place: Path, data: bytes, found: os.stat_result | None) -> None:
    handle, name = mkstemp(dir=place.parent, prefix=TEMPORARY_PREFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if found is None:
            temporary.chmod(0o666 & ~_umask())
        else:
            _copy_owner_and_mode(temporary, found)
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _copy_owner_and_mode(temporary: Path, found: os.stat_result) -> None:
    """Give *temporary* the owner, group and mode in *found*. Raises OSError if that is not allowed."""
    own = temporary.stat()
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        os.chown(temporary, found.st_uid, found.st_gid)
    temporary.chmod(stat.S_IMODE(found.st_mode))


def _umask() -> int:
    """The file mode creation mask of the process. It can only be read by setting it."""
    os.umask(mask := os.umask(0o077))
    return mask
