"""Audit one piece of a file, in a process of its own, here or on another machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from os import SEEK_END
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from conformance.contract import Contract
from conformance.contract.openapi.limits import MAX_MEMORY, MAX_PAYLOAD, memory_of
from conformance.validation import MISSING
from conformance.validation.json_syntax import MAX_DEPTH
from conformance.validation.strict_json import parse_json

from .case import NOT_JSON, Line
from .files import open_log, reason_of
from .formats import LogFormat, LogFormats, load_formats
from .har_entries import NoEntries, har_entry_texts
from .judge import Judge
from .lines import (
    BOM,
    BlockReader,
    Ended,
    blocks_from,
    compression_of,
    decompressed_blocks,
    is_har,
    piece_lines,
)
from .observations import COUNT, VECTOR, Rows
from .pieces import HEAD, Piece
from .recorded import Unread, read_record
from .summary import Group, Position, Summary
from .vectors import Cut, cut_vectors

LARGE: Final = 2**20
"""Bytes of a line without its vectors from which on its memory is estimated before it is parsed."""

TOO_LONG: Final = f"it is longer than {MAX_PAYLOAD // 2**20} MiB"
TOO_MANY: Final = "it has too many values"
TOO_DEEP: Final = f"it has more than {MAX_DEPTH} nested arrays and objects"
CUT_LINE: Final = f"{NOT_JSON}; it ends early"
NOT_UTF8: Final = "it is not UTF-8"
NO_FORMAT: Final = "its format is not known"


@dataclass(frozen=True, slots=True)
class Task:
    """How pieces are audited. All members can be sent to another machine."""

    contract: str | None = None
    operation: str | None = None
    profile: str = "portkey"
    format: str | None = None
    mapping: str | None = None
    show_texts: bool = False
    keep_incomplete: bool = True


@dataclass
class Result:
    """What is known about a piece.

    ``lines`` is the number of its records, ``stop`` the offset behind the last one. ``problem`` says why the rest of
    the file was not read. ``sampled`` is the part of the texts that is compared: one in 2**sampled. ``groups`` are
    the models, providers and statuses to which the vectors refer by number.
    """

    piece: Piece
    summary: Summary = field(default_factory=Summary)
    vectors: Rows = field(default_factory=lambda: np.empty(0, VECTOR))
    counts: Rows = field(default_factory=lambda: np.empty(0, COUNT))
    lines: int = 0
    stop: int = 0
    problem: str = ""
    sampled: int = 0
    groups: list[Group] = field(default_factory=list)


def audit_pieces(pieces: Iterable[Piece], task: Task) -> list[Result]:
    """Audit *pieces*, one after the other. Files that cannot be read are no error: the results say why."""
    contract = _contract(task.contract, task.operation, task.profile)
    formats = load_formats(task.format, task.mapping)
    return [_PieceAudit(piece, task, contract, formats).result() for piece in pieces]


@lru_cache(maxsize=2)
def _contract(file: str | None, operation: str | None, profile: str) -> Contract:
    return Contract.load(None if file is None else Path(file), profile=profile, operation=operation)


class _PieceAudit:
    def __init__(self, piece: Piece, task: Task, contract: Contract, formats: LogFormats) -> None:
        self._piece, self._task, self._contract, self._formats = piece, task, contract, formats
        self._judge = Judge(contract, show_texts=task.show_texts)
        self._number = 0
        self._keep_incomplete = task.keep_incomplete
        self._found = Result(piece, self._judge.summary, stop=piece.start)

    def result(self) -> Result:
        try:
            with np.errstate(over="ignore"):
                self._read()
        except OSError as error:
            self._found.problem = reason_of(error)
        except Ended as error:
            self._found.problem = error.reason
            self._found.stop = max(1, self._piece.size)
        except NoEntries as error:
            self._found.problem = f"it {error}"
            self._found.stop = max(1, self._piece.size)
        found = self._found
        found.lines = self._number
        found.groups = self._judge.groups
        found.vectors, found.counts = self._judge.observations.packed()
        found.sampled = self._judge.observations.sampled
        return found

    def _read(self) -> None:
        piece = self._piece
        if piece.data is not None:
            self._read_lines(iter([piece.data]), 0, None)
            return
        with closing(open_log(piece.name)) as stream:
            if not piece.is_whole:
                blocks, offset = blocks_from(stream, piece.start)
                self._read_lines(blocks, offset, piece.stop)
                return
            head = stream.read(HEAD)
            stream.seek(0)
            kind = compression_of(head)
            blocks = decompressed_blocks(stream, kind) if kind else blocks_from(stream, 0)[0]
            head, blocks = _with_head(blocks) if kind else (head, blocks)
            self._keep_incomplete |= bool(kind)
            if is_har(head) or (self._formats.only is not None and self._formats.only.is_har):
                self._read_har(BlockReader(blocks))
            else:
                self._read_lines(blocks, 0, None)
                if not kind:
                    return
            self._found.stop = stream.seek(0, SEEK_END)

    def _read_lines(self, blocks: Iterator[bytes], offset: int, stop: int | None) -> None:
        for text, end, is_complete in piece_lines(blocks, offset, stop):
            if not is_complete and not self._keep_incomplete and not _is_json(text):
                return
            self._number += 1
            self._found.stop = end
            if self._number == 1 and text is not None and text.startswith(BOM):
                text = text[len(BOM) :]
            if text is None:
                self._unread(TOO_LONG)
            elif text and not text.isspace():
                self._record(text, None)

    def _read_har(self, stream: Any) -> None:
        format = next(format for format in self._formats.formats if format.is_har)
        for text in har_entry_texts(stream, MAX_PAYLOAD):
            self._number += 1
            self._record(text, format)

    def _record(self, text: bytes, format: LogFormat | None) -> None:
        """Judge one record."""
        try:
            self._judge_record(text, format)
        except Unread as error:
            self._unread(error.reason)

    def _judge_record(self, text: bytes, format: LogFormat | None) -> None:
        summary, roles = self._judge.summary, self._contract.roles
        parts = cut_vectors(text, roles)
        if len(parts.rest) > LARGE and memory_of(parts.rest) > MAX_MEMORY:
            raise Unread(TOO_MANY)
        record, parts = _record_in(text, parts)
        may_be_deep = parts.rest.count(b"[") + parts.rest.count(b"{") > MAX_DEPTH
        if may_be_deep and _is_deep(record):
            raise Unread(TOO_DEEP)
        format = format or self._formats.of(record)
        if format is None:
            raise Unread(NO_FORMAT)
        recorded = read_record(record, format, self._contract)
        summary.formats[format.name] += 1
        if may_be_deep and recorded is not None and _is_deep(recorded.request):
            raise Unread(TOO_DEEP)
        if recorded is None:
            summary.records += 1
            summary.skipped += 1
            return
        line = Line(text, parts, self._formats.is_changed(parts.rest))
        self._judge.judge(recorded, line, Position(self._piece.number, self._number), self._piece.file)
        summary.records += 1

    def _unread(self, reason: str) -> None:
        self._judge.summary.add_unread(reason, Position(self._piece.number, self._number))


def _with_head(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of *blocks*, and all of them."""
    first = next(blocks, b"")

    def again() -> Iterator[bytes]:
        yield first
        yield from blocks

    return first[:HEAD], again()


def _record_in(text: bytes, parts: Cut) -> tuple[dict[str, Any], Cut]:
    """The JSON object in a line, with stand-ins for its vectors if it can be read with them. Raises Unread."""
    try:
        record = orjson.loads(parts.rest)
    except ValueError:
        parts = Cut(text)
        parsed = parse_json(text)
        record = parsed.value
        if record is MISSING:
            raise Unread(_why_not_json(text)) from None
    if not isinstance(record, dict):
        raise Unread(NO_FORMAT)
    return record, parts


def _is_deep(value: Any) -> bool:
    """Whether *value* is nested more deeply than what judges it, which is recursive, can follow."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in _children(one) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _why_not_json(text: bytes) -> str:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return CUT_LINE if error.reason == "unexpected end of data" else NOT_UTF8
    return CUT_LINE if text.lstrip().startswith(b"{") and not text.rstrip().endswith(b"}") else NOT_JSON


def _is_json(text: bytes | None) -> bool:
    return text is not None and parse_json(text).value is not MISSING
