"""Files of recorded traffic: on disk, or in object storage through fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO, Final, cast

from conformance.errors import ConfigurationError
from conformance.text import clip

STANDARD_INPUT: Final = "-"

PACKAGES: Final = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
"""The package that fsspec needs for a protocol."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file with the ``name`` by which it is opened; ``size`` is in bytes, and -1 if it is not known."""

    name: str
    size: int


class MissingPackage(ConfigurationError):
    """An optional package is not installed."""

    def __init__(self, where: str, needed: str, *packages: str) -> None:
        super().__init__(
            where, f"{needed} needs {' and '.join(packages)}; run: pip install {' '.join(packages)}"
        )


def find_files(sources: Iterable[str]) -> list[LogFile]:
    """The files that *sources* name: files, folders, globs and URLs, each file once, in the order of their names.

    Raises ConfigurationError for a source without files.
    """
    found: dict[str, LogFile] = {}
    for source in sources:
        files = _remote(source) if is_remote(source) else _local(source)
        before = len(found)
        for file in files:
            found.setdefault(_same(file.name), file)
        if len(found) == before and not files:
            raise ConfigurationError(clip(source), "has no files; check the path")
    return list(found.values())


def _same(name: str) -> str:
    """What is the same for all names of a file."""
    return name if is_remote(name) else os.path.realpath(name)


def is_remote(name: str) -> bool:
    """Whether *name* is a URL for fsspec."""
    return "://" in name


def open_log(name: str) -> BinaryIO:
    """Open the file *name* to read its bytes. Raises OSError, or MissingPackage."""
    if not is_remote(name):
        return Path(name).open("rb", buffering=0)
    try:
        system, path = _fsspec(name).core.url_to_fs(name)
        return cast("BinaryIO", system.open(path, "rb", cache_type="readahead"))
    except _storage_errors() as error:
        raise OSError(error.args[0] if error.args else 0, _short(error)) from None


def reason_of(error: OSError) -> str:
    """Why a file cannot be read, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist any more"
    if isinstance(error, PermissionError):
        return "permission denied"
    return clip(error.strerror or str(error) or type(error).__name__)


def _local(source: str) -> list[LogFile]:
    path = Path(source)
    if path.is_dir():
        found = [str(Path(folder) / file) for folder, _, files in os.walk(path) for file in files]
        names = [name for name in found if not _is_special(name)]
    elif has_magic(source) and not path.exists():
        found = glob(source, recursive=True)  # noqa: PTH207 - the pattern may be absolute
        names = [name for name in found if not Path(name).is_dir() and not _is_special(name)]
    else:
        if not path.exists() and not path.is_symlink():
            raise ConfigurationError(clip(source), "does not exist; check the path")
        if _is_special(source):
            raise ConfigurationError(
                clip(source),
                "is a pipe or a device, which is not read twice; give - and redirect it: audit - <PIPE",
            )
        names = [source]
    return [LogFile(name, _size(name)) for name in sorted(names)]


def _is_special(name: str) -> bool:
    """Whether *name* is a pipe, a socket or a device. A file that does not exist, or a loop of links, is none."""
    try:
        mode = Path(name).stat().st_mode
    except OSError:
        return False
    return not (S_ISREG(mode) or S_ISDIR(mode))


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return -1


def _remote(source: str) -> list[LogFile]:
    try:
        system, path = _fsspec(source).core.url_to_fs(source)
        if has_magic(path):
            listed = system.glob(path, detail=True)
        elif system.isdir(path):
            listed = system.find(path, detail=True)
        else:
            listed = {path: system.info(path)}
    except _storage_errors() as error:
        raise ConfigurationError(clip(source), f"cannot be read: {_short(error)}") from None
    files = (one for one in listed.values() if one.get("type") == "file")
    sizes = {system.unstrip_protocol(one["name"]): one.get("size") for one in files}
    return [LogFile(name, -1 if size is None else int(size)) for name, size in sorted(sizes.items())]


def _fsspec(source: str) -> Any:
    protocol = source.partition("://")[0]
    package = PACKAGES.get(protocol)
    try:
        import fsspec
        import fsspec.core

        fsspec.get_filesystem_class(protocol)
    except ImportError:
        needed = ("fsspec", package) if package else ("fsspec",)
        raise MissingPackage(clip(source), f"{protocol}://", *needed) from None
    except ValueError:
        raise ConfigurationError(clip(source), f"the protocol {protocol}:// is not known to fsspec") from None
    return fsspec


def _storage_errors() -> tuple[type[Exception], ...]:
    """The errors of object storage. Most packages raise OSError; clients of botocore have errors of their own."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return (OSError, ValueError)
    return (OSError, ValueError, BotoCoreError, ClientError)


def _short(error: Exception) -> str:
    return clip(str(error).partition("\n")[0] or type(error).__name__)


def read_blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The bytes of *stream* from its position on, at most *size* at once."""
    while block := stream.read(size):
        yield block
