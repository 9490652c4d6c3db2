"""Servers side by side for a terminal: the areas, and the clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.report.render.terminal import Line

from .clients import CLIENT_SIGNS
from .model import SIGNS, Cell, Matrix

WIDEST = 60
"""Characters of a server's name that are shown."""


def matrix_overview(matrix: Matrix) -> Iterator[Line]:
    """The servers, what the requirements of each area come to, and which clients work."""
    for note in matrix.notes:
        yield Line(f"Note: {note}", "yellow")
    for server in matrix.servers:
        yield Line(f"{server.letter}  {server.label[:WIDEST]}  ({server.document['profile']})")
    yield Line("")
    yield Line("   ".join(f"{SIGNS[kind]} {kind}" for kind in matrix.kinds), "dim")
    letters = [server.letter for server in matrix.servers]
    areas = [[area, *map(_counts, cells)] for area, cells in matrix.areas.items()]
    yield from _table([["area", *letters], *areas])
    yield Line("")
    words = {client.name: [fit.word for fit in fits] for client, fits in matrix.clients.items()}
    clients = [[name, *(f"{CLIENT_SIGNS[word]} {word}" for word in found)] for name, found in words.items()]
    yield from _table([["client", *letters], *clients])
    yield Line("")
    counts = (
        f"{len(matrix.failing)} fail somewhere, {len(matrix.differing)} more differ, {matrix.alike} are alike"
    )
    yield Line(f"Requirements: {counts}.")


def _counts(cell: Cell) -> str:
    return " ".join(f"{SIGNS[kind]}{len(rows)}" for kind, rows in cell.rows.items()) or "absent"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield Line(_padded(row, widths), "" if number else "bold")


def _padded(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
