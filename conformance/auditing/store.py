"""Store the results of all pieces in a SQLite file: the summaries, and the data for comparing exchanges.

With the option state, the file is the user's, and an audit continues from it. Otherwise it is temporary.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from conformance.errors import ConfigurationError

from .files import LogFile
from .lines import compression_of, is_har
from .observations import COUNT, VECTOR, Rows
from .summary import Group, Summary
from .worker import Result

PARTITIONS: Final = 256
"""Vectors and counts are kept by the first byte of their hash, and compared within each part."""

FORMAT: Final = 1

KINDS: Final = {"vectors": VECTOR, "counts": COUNT}

TABLES: Final = """
create table if not exists settings (name text primary key, value text);
create table if not exists files (number integer primary key, name text unique, size integer, head blob,
  problem text);
create table if not exists pieces (number integer primary key, file integer, start integer, stop integer,
  lines integer,  sampled integer, summary blob, groups blob);
create table if not exists kept (kind text, part integer, piece integer, rows blob);
create index if not exists parts on kept (kind, part, piece);
"""

ALLOWED: Final = {
    ("collections", "Counter"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    *(
        ("conformance.auditing.summary", name)
        for name in ("Summary", "Failures", "Group", "Position", "Shown")
    ),
}
"""What a summary in a file may consist of. A file must not choose other code to run."""


class StateError(ConfigurationError):
    """The file of the option state cannot be used."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__("state", f"{file} {problem}")


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What is known of a file: its number, and its size and first bytes when it was audited."""

    number: int
    size: int
    head: bytes

    def is_continued_by(self, file: LogFile, head: bytes) -> bool:
        """Whether *file*, with the first bytes *head*, begins with what was audited, and can be read further."""
        if not self.head or not head.startswith(self.head) or file.size < self.size:
            return False
        return file.size == self.size or not (compression_of(head) or is_har(head))


@dataclass(frozen=True, slots=True)
class KnownPiece:
    """The place of a piece: the number of its file, its offset, the number of its records, and their groups."""

    file: int
    start: int
    lines: int
    groups: list[Group]


class Store:
    """The results of all pieces. *file* is that of the option state; *settings* must be the same in each audit."""

    def __init__(self, file: Path | None, settings: dict[str, str]) -> None:
        self._folder = None if file is not None else TemporaryDirectory(prefix="audit-")
        self._file = file or Path(self._folder.name if self._folder else "") / "audit.sqlite"
        self.is_full = False
        self.is_temporary = file is None
        try:
            self._database = sqlite3.connect(self._file)
            self._database.executescript(
                "pragma journal_mode=memory; pragma synchronous=off;" if file is None else ""
            )
            self._database.executescript(TABLES)
            self._check({**settings, "format": str(FORMAT)})
        except sqlite3.DatabaseError as error:
            raise StateError(self._file, f"cannot be used ({error}); give another file") from None

    def close(self) -> None:
        """Close the file, and remove a temporary one."""
        self._database.close()
        if self._folder is not None:
            self._folder.cleanup()

    def files(self) -> dict[str, KnownFile]:
        """The known files, by name."""
        rows = self._database.execute("select name, number, size, head from files")
        return {name: KnownFile(*known) for name, *known in rows}

    def names(self) -> dict[int, str]:
        """The names of the files, by number."""
        return dict(self._database.execute("select number, name from files"))

    def gaps(self, number: int, size: int) -> list[tuple[int, int | None]]:
        """What was not read of the file with this number and *size*: pairs of offsets, the last one may be None."""
        self._database.execute("delete from pieces where file = ? and start = stop", (number,))
        query = "select start, stop from pieces where file = ? order by start"
        found: list[tuple[int, int | None]] = []
        end = 0
        for start, stop in self._database.execute(query, (number,)):
            if start > end:
                found.append((end, start))
            end = max(end, stop)
        if size < 0 or end < size or (size == 0 and not end):
            found.append((end, None))
        return found

    def problems(self) -> dict[str, str]:
        """Why files were not read to the end, by name."""
        return dict(
            self._database.execute("select name, problem from files where problem != '' order by number")
        )

    def next_piece(self) -> int:
        """A number that no piece has."""
        (last,) = self._database.execute("select max(number) from pieces").fetchone()
        return 0 if last is None else last + 1

    def add_file(self, number: int, file: LogFile, head: bytes) -> None:
        """Add a file, or note its new size."""
        self._database.execute(
            "insert into files values (?, ?, ?, ?, '') on conflict (number) do update set size = ?, problem = ''",
            (number, file.name, file.size, head, file.size),
        )

    def add_problem(self, number: int, problem: str) -> None:
        """Note why a file was not read to its end."""
        self._database.execute("update files set problem = ? where number = ?", (problem, number))

    def forget(self, number: int) -> None:
        """Forget what is known of the file with this number."""
        pieces = "select number from pieces where file = ?"
        self._database.execute(f"delete from kept where piece in ({pieces})", (number,))
        self._database.execute("delete from pieces where file = ?", (number,))
        self._database.execute("delete from files where number = ?", (number,))

    def add(self, results: Iterable[Result]) -> None:
        """Add the results of pieces, all or none. A full disk ends the comparison of exchanges; the rest is kept."""
        found = list(results)
        try:
            with self._database:
                for result in found:
                    self._add(result, with_rows=not self.is_full)
        except sqlite3.OperationalError as error:
            if self.is_full or not self.is_temporary:
                raise StateError(self._file, f"cannot be written ({error}); free space on the disk") from None
            self.is_full = True
            self._free()
            self.add(found)

    def summary(self) -> Summary:
        """The summary of all pieces."""
        whole = Summary()
        for (packed,) in self._database.execute("select summary from pieces order by number"):
            whole.merge(_unpacked(packed, self._file))
        return whole

    def pieces(self) -> dict[int, KnownPiece]:
        """All pieces, by number."""
        rows = self._database.execute("select number, file, start, lines, groups from pieces")
        return {
            number: KnownPiece(file, start, lines, _unpacked(groups, self._file))
            for number, file, start, lines, groups in rows
        }

    def sampled(self) -> int:
        """The greatest sampling of a piece: one text in 2**n is compared."""
        return int(self._database.execute("select coalesce(max(sampled), 0) from pieces").fetchone()[0])

    def parts(self, kind: str) -> Iterator[Rows]:
        """The vectors or the counts, in parts: those with the same hash are in the same part."""
        for part in range(PARTITIONS):
            query = "select rows from kept where kind = ? and part = ? order by piece"
            packed = [blob for (blob,) in self._database.execute(query, (kind, part))]
            if packed:
                yield np.frombuffer(b"".join(packed), KINDS[kind])

    def _add(self, result: Result, *, with_rows: bool) -> None:
        piece, execute = result.piece, self._database.execute
        execute(
            "insert into pieces values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                piece.number,
                piece.file,
                piece.start,
                result.stop if piece.stop is None else piece.stop,
                result.lines,
                result.sampled,
                pickle.dumps(result.summary, 5),
                pickle.dumps(result.groups, 5),
            ),
        )
        if result.problem:
            execute("update files set problem = ? where number = ?", (result.problem, piece.file))
        if with_rows:
            for kind, rows in (("vectors", result.vectors), ("counts", result.counts)):
                self._database.executemany(
                    "insert into kept values (?, ?, ?, ?)",
                    ((kind, part, piece.number, some.tobytes()) for part, some in _by_part(rows)),
                )

    def _free(self) -> None:
        """Make room on a full disk."""
        with suppress(sqlite3.OperationalError), self._database:
            self._database.execute(f"delete from kept where part >= {PARTITIONS // 2}")

    def _check(self, settings: dict[str, str]) -> None:
        known = dict(self._database.execute("select name, value from settings"))
        for name, value in settings.items():
            if known and known.get(name) != value:
                raise StateError(self._file, f"was made with another {name}; give another file")
        with self._database:
            self._database.executemany("insert or replace into settings values (?, ?)", settings.items())


def _by_part(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """The *rows* of each part; their order is kept."""
    parts: NDArray[np.int64] = (rows["high"] >> np.uint64(56)).astype(np.int64)
    order = np.argsort(parts, kind="stable")
    bounds = np.searchsorted(parts[order], np.arange(PARTITIONS + 1))
    for part in range(PARTITIONS):
        if bounds[part] < bounds[part + 1]:
            yield part, rows[order[bounds[part] : bounds[part + 1]]]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def _unpacked(packed: bytes, file: Path) -> Any:
    try:
        return _Unpickler(io.BytesIO(packed)).load()
    except Exception:
        raise StateError(file, "is damaged; give another file") from None
