"""The matrix for a terminal: areas and clients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.report.model import compatibility
from conformance.text import Line

from .model import FIDELITY, SIGNS, Cell, Matrix

MAX_NAME = 60
"""Characters of a server's name."""


def matrix_overview(matrix: Matrix) -> Iterator[Line]:
    """The servers, the number of requirements by area and result, and the compatibility of clients."""
    for note in matrix.notes:
        yield Line(f"Note: {note}", "yellow")
    for server in matrix.servers:
        yield Line(f"{server.letter}  {server.label[:MAX_NAME]}  ({server.document['profile']})")
    yield Line("")
    yield Line("   ".join(f"{SIGNS[result]} {result}" for result in matrix.results), "dim")
    letters = [server.letter for server in matrix.servers]
    areas = [[area, *map(_counts, cells)] for area, cells in matrix.areas.items()]
    yield from _table([["area", *letters], *areas])
    yield Line("")
    labels = {client.name: [one.label for one in found] for client, found in matrix.clients.items()}
    rows = [
        [name, *(f"{compatibility.SIGNS[label]} {label}" for label in found)]
        for name, found in labels.items()
    ]
    yield from _table([["client", *letters], *rows])
    yield Line("")
    if matrix.fidelity:
        yield from _table([["", *FIDELITY], *([letter, *texts] for letter, texts in matrix.fidelity.items())])
        yield Line("")
    yield Line(
        f"Requirements: {len(matrix.failing)} failed at one or more servers, {len(matrix.differing)} with different"
        f" results but no failure, {matrix.same} with the same result everywhere."
    )


def _counts(cell: Cell) -> str:
    return " ".join(f"{SIGNS[result]}{len(rows)}" for result, rows in cell.rows.items()) or "absent"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield Line(_padded(row, widths), "" if number else "bold")


def _padded(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
