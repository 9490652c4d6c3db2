"""The requests of batches by their ids: a file with responses of OpenAI's Batch API has only these ids."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from conformance.contract.openapi.limits import MAX_MEMORY, memory_of

from .depth import is_deep
from .files import MissingPackage, open_log
from .formats import LogFormat, LogFormats
from .lines import BOM, Ended, blocks_of, compression_of, decompressed, lines

ROWS: Final = 1_000
"""Requests that are written at once."""

TABLE: Final = "create table requests (id text primary key, body blob)"

ADD: Final = """
insert into requests values (?, ?)
on conflict (id) do update set body = case when body = excluded.body then body end
"""
"""An id with two different requests has none: it is of two batches."""


class BatchRequests:
    """The requests in the file that ``write_requests`` wrote, which *base* has open."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def of(self, id: object) -> Any:
        """The body of the request with the *id*; None if there is none, or more than one."""
        if not isinstance(id, str):
            return None
        row = self._base.execute("select body from requests where id = ?", (id,)).fetchone()
        return None if row is None or row[0] is None else orjson.loads(row[0])


@contextmanager
def opened_requests(file: str | None) -> Iterator[BatchRequests | None]:
    """The requests in *file*; None without one, and on a machine that does not have it."""
    if file is None or not Path(file).is_file():
        yield None
        return
    with closing(sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True)) as base:
        yield BatchRequests(base)


def has_ids(head: bytes, formats: LogFormats) -> bool:
    """Whether a file with the first bytes *head* may have requests or responses of a batch."""
    if kind := compression_of(head):
        blocks = decompressed(io.BytesIO(head), kind)
        head = b""
        with suppress(Ended, MissingPackage):
            head = next(blocks, b"")
    return any(f'"{key}"'.encode() in head for format in formats.formats for key in _keys(format))


def write_requests(names: Iterable[str], formats: LogFormats, file: Path) -> bool:
    """Write the requests in the files *names* to *file*. Returns whether there are any. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as base:
        base.execute(TABLE)
        for name in names:
            rows: list[tuple[str, bytes]] = []
            for row in _requests_in(name, formats):
                rows.append(row)
                if len(rows) == ROWS:
                    base.executemany(ADD, rows)
                    rows.clear()
            base.executemany(ADD, rows)
        base.commit()
        return base.execute("select 1 from requests limit 1").fetchone() is not None


def _requests_in(name: str, formats: LogFormats) -> Iterator[tuple[str, bytes]]:
    """The id and the body of each request; what cannot be read is left out: the audit reports it."""
    with suppress(OSError, Ended), closing(open_log(name)) as stream:
        for number, line in enumerate(lines(blocks_of(stream))):
            text = line.text
            if text is None or memory_of(text) > MAX_MEMORY:
                continue
            try:
                record = orjson.loads(text.removeprefix(BOM) if number == 0 else text)
            except ValueError:
                continue
            format = formats.of(record) if isinstance(record, dict) else None
            if format is None or not format.is_request_only:
                continue
            id, body = format.value(record, "id"), format.value(record, "request")
            if isinstance(id, str) and body is not None and not is_deep(body):
                yield id, orjson.dumps(body)


def _keys(format: LogFormat) -> Sequence[str]:
    """The names of the members that have the id of a request."""
    return [place[-1] for place in format.fields.get("id", ())]
