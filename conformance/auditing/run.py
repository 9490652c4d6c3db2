"""The run of an audit: divide files into pieces, have the pieces audited, and keep the results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field, replace
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, cast

from conformance.errors import ConfigurationError

from .crossing import Compared, Comparison, compare_lengths, hour_of
from .executors import OpenExecutor
from .files import STANDARD_INPUT, LogFile, find_files, open_log, read_blocks, reason_of
from .lines import BLOCK, Ended, compression_of, decompressed_blocks, is_har, piece_lines
from .pieces import HEAD, PIECE, Part, Piece, group_pieces, pieces_of
from .store import Store
from .summary import Group, Position, Summary
from .worker import Result, Task, audit_pieces

AHEAD: Final = 2
"""Tasks for each worker that wait while others run."""

HAR_INPUT: Final = "an HTTP archive is not read from the standard input; give the name of the file"
KILLED: Final = "the process that read it was killed; it may need more memory"


@dataclass
class Progress:
    """How far an audit is: bytes of the files, exchanges, and records with another reason."""

    total_bytes: int = 0
    done_bytes: int = 0
    records: int = 0
    failed: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Audited:
    """What an audit found. ``files`` are the names of all files; ``problems`` say why some were not read to the end.

    ``places`` names the place of a record. ``sampled``: one text in 2**sampled is compared. ``is_full``: the disk was
    full, so only a part of the texts is compared.
    """

    summary: Summary
    compared: Compared
    files: Sequence[str]
    problems: dict[str, str]
    places: Callable[[Position], str]
    sampled: int = 0
    is_full: bool = False
    is_interrupted: bool = False


def audit_files(
    sources: Sequence[str],
    task: Task,
    open_executor: OpenExecutor,
    *,
    state: Path | None = None,
    settings: dict[str, str] | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Audited:
    """Audit the files that *sources* name.

    With *state*, continue the audit in that file. An interruption ends the audit: what was audited is the result.
    Raises ConfigurationError for sources without files, and for a *state* that cannot be used.
    """
    with closing(Store(state, settings or {})) as store:
        audit = _Audit(store, replace(task, keep_incomplete=state is None), open_executor, on_progress)
        is_interrupted = False
        try:
            audit.run(sources)
        except KeyboardInterrupt:
            is_interrupted = True
        return replace(_conclude(store), is_interrupted=is_interrupted)


def _conclude(store: Store) -> Audited:
    summary, names, pieces = store.summary(), store.names(), store.pieces()
    starts: dict[int, int] = {}
    lines_of_file: dict[int, int] = {}
    for number, piece in sorted(pieces.items(), key=lambda item: (item[1].file, item[1].start)):
        starts[number] = lines_of_file.get(piece.file, 0)
        lines_of_file[piece.file] = starts[number] + piece.lines

    def place(position: Position) -> str:
        piece = pieces[position.piece]
        return f"{names.get(piece.file, STANDARD_INPUT)}:{starts[position.piece] + position.line}"

    def group(row: Any) -> Group:
        return pieces[int(row["piece"])].groups[int(row["group"])]._replace(hour=hour_of(float(row["time"])))

    comparison = Comparison(group, place)
    comparison.vectors(store.parts("vectors"))
    comparison.counts(store.parts("counts"))
    of_lengths = compare_lengths(summary.lengths)
    compared = Compared(
        comparison.found.tested | of_lengths.tested, comparison.found.failures | of_lengths.failures
    )
    return Audited(
        summary, compared, [*names.values()], store.problems(), place, store.sampled(), store.is_full
    )


class _Audit:
    def __init__(
        self, store: Store, task: Task, open_executor: OpenExecutor, on_progress: Callable[[Progress], None]
    ) -> None:
        self._store, self._task, self._open = store, task, open_executor
        self._on_progress, self._progress = on_progress, Progress()
        self._killed: list[tuple[Piece, ...]] = []

    def run(self, sources: Sequence[str]) -> None:
        named = [source for source in sources if source != STANDARD_INPUT]
        parts = self._parts(find_files(named))
        self._progress.total_bytes = sum(part.size for part in parts)
        first = self._store.next_piece()
        pieces: Iterator[Piece] = pieces_of(parts, first)
        if STANDARD_INPUT in sources:
            pieces = chain(pieces, self._standard_input(first + 10**6))
        self._run_all(group_pieces(pieces))
        killed, self._killed = self._killed, []
        for group in killed:  # one at a time, to find the one that ends its process
            self._run_all((piece,) for piece in group)
        for (piece,) in self._killed:
            self._keep([Result(piece, problem=KILLED)])

    def _run_all(self, groups: Iterable[tuple[Piece, ...]]) -> None:
        waiting = iter(groups)
        while (first := next(waiting, None)) is not None:
            with self._open() as (executor, workers):
                waiting = self._run_in(executor, AHEAD * workers, chain([first], waiting))

    def _run_in(
        self, executor: Executor, room: int, groups: Iterator[tuple[Piece, ...]]
    ) -> Iterator[tuple[Piece, ...]]:
        """Run *groups* in *executor*, at most *room* at once, until it breaks. Returns those that were not started."""
        running: dict[Future[Any], tuple[Piece, ...]] = {}
        is_broken = False
        while True:
            for group in islice(groups, 0 if is_broken else room - len(running)):
                try:
                    running[executor.submit(audit_pieces, group, self._task)] = group
                except BrokenProcessPool:
                    self._killed.append(group)
                    is_broken = True
                    break
            if not running:
                return groups
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                group = running.pop(future)
                try:
                    self._keep(future.result())
                except BrokenProcessPool:
                    self._killed.append(group)
                    is_broken = True

    def _keep(self, results: Sequence[Result]) -> None:
        self._store.add(results)
        for result in results:
            self._progress.done_bytes += result.piece.size
            self._progress.records += result.lines
            self._progress.failed.update(result.summary.failures)
        self._on_progress(self._progress)

    def _parts(self, files: Iterable[LogFile]) -> list[Part]:
        """What is to be read: new files, and what was not read of known ones."""
        known = self._store.files()
        last = max((file.number for file in known.values()), default=-1)
        parts: list[Part] = []
        for file in files:
            head, before = _head(file.name), known.get(file.name)
            if before is not None and not before.is_continued_by(file, head):
                self._store.forget(before.number)
                before = None
            if before is None:
                last += 1
            number = last if before is None else before.number
            self._store.add_file(number, file, head)
            parts += [Part(number, file, *gap) for gap in self._store.gaps(number, file.size)]
        return parts

    def _standard_input(self, first: int) -> Iterator[Piece]:
        """The lines of the standard input, in pieces."""
        if sys.stdin is None:
            raise ConfigurationError(STANDARD_INPUT, "the standard input is closed; give it a file or a pipe")
        file = LogFile(STANDARD_INPUT, -1)
        files = self._store.files()
        if STANDARD_INPUT in files:
            self._store.forget(files[STANDARD_INPUT].number)
        number = max((known.number for known in files.values()), default=-1) + 1
        self._store.add_file(number, file, b"")
        stream = BufferedReader(cast("Any", sys.stdin.buffer), BLOCK)
        kind = compression_of(stream.peek(HEAD))
        blocks = decompressed_blocks(stream, kind) if kind else read_blocks(stream, BLOCK)
        waiting: list[bytes] = []
        size = 0
        problem = ""
        if is_har(stream.peek(HEAD)):
            problem, blocks = HAR_INPUT, iter(())
        try:
            for line in piece_lines(blocks):
                waiting.append(line.text if line.text is not None else b"?")
                size += len(waiting[-1])
                if size >= PIECE:
                    yield Piece(first, number, STANDARD_INPUT, size=size, data=b"\n".join(waiting))
                    first, waiting, size = first + 1, [], 0
        except Ended as error:
            problem = error.reason
        except OSError as error:
            problem = reason_of(error)
        if waiting:
            yield Piece(first, number, STANDARD_INPUT, size=size, data=b"\n".join(waiting))
        if problem:
            self._store.add_problem(number, problem)


def _head(name: str) -> bytes:
    """The first bytes of a file; nothing if it cannot be read."""
    try:
        with closing(open_log(name)) as stream:
            return stream.read(HEAD)
    except OSError:
        return b""
