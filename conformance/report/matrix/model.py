"""Reports of several servers side by side: what each area and each requirement comes to at each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from conformance.contract import LEVELS, Client

from .clients import Fit, fit
from .notes import Document, notes

Row = Mapping[str, Any]

SIGNS = {
    "suite error": "!",
    "failed MUST": "✗",
    "failed SHOULD": "△",
    "failed MAY": "○",
    "blocked": "⊘",
    "inconclusive": "?",
    "passed": "✓",
    "unsupported": "∅",
    "not tested": "\N{EN DASH}",
    "absent": "·",
}
"""What a requirement comes to at a server, the worst first, each with the sign that it is shown by."""

TONES = {
    "suite error": "bad",
    "failed MUST": "bad",
    "failed SHOULD": "known",
    "failed MAY": "known",
    "blocked": "known",
    "inconclusive": "known",
    "passed": "good",
}
"""The colours of those that have one; those of the report of a run."""

WORDS = {"error": "suite error", "pass": "passed", "not-tested": "not tested"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server by its report; *letter* stands for it where there is no room. A is the first that was given."""

    letter: str
    label: str
    document: Document
    rows: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class Cell:
    """An area at a server: its requirements by what they come to, the worst first."""

    rows: Mapping[str, Sequence[Row]]

    @property
    def tone(self) -> str:
        """The colour of the worst; none where nothing fails but not all was tested."""
        worst = next((TONES[kind] for kind in self.rows if kind in TONES), "")
        return "" if worst == "good" and "not tested" in self.rows else worst


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement at all servers; ``rows`` and ``kinds`` are in their order, a row None where a report lacks it."""

    row: Row
    rows: Sequence[Row | None]
    kinds: Sequence[str]

    @property
    def levels(self) -> str:
        """Its level, or its levels where profiles give it several."""
        found = {row["level"] for row in self.rows if row is not None}
        return " / ".join(level.upper() for level in LEVELS if level in found)


@dataclass(frozen=True)
class Matrix:
    """What the reports say together. ``failing`` and ``differing`` exclude each other."""

    servers: Sequence[Server]
    areas: Mapping[str, Sequence[Cell]]
    failing: Sequence[Line]
    differing: Sequence[Line]
    alike: int
    clients: Mapping[Client, Sequence[Fit]]
    notes: Sequence[str]

    @property
    def kinds(self) -> list[str]:
        """What requirements come to anywhere, the worst first."""
        found = {kind for cells in self.areas.values() for cell in cells for kind in cell.rows}
        return [kind for kind in SIGNS if kind in found]

    def kinds_of(self, lines: Sequence[Line]) -> list[str]:
        """What the requirements of *lines* come to, the worst first."""
        found = {kind for line in lines for kind in line.kinds}
        return [kind for kind in SIGNS if kind in found]

    def told(self, line: Line) -> Iterator[tuple[Server, Row]]:
        """The servers that the requirement did not simply pass at, each with its row."""
        for server, row, its in zip(self.servers, line.rows, line.kinds, strict=True):
            if row is not None and its != "passed":
                yield server, row

    def groups(self, line: Line) -> dict[str, list[Server]]:
        """The servers by what the requirement comes to, the worst first."""
        pairs = list(zip(self.servers, line.kinds, strict=True))
        return {kind: [server for server, its in pairs if its == kind] for kind in self.kinds_of([line])}


def matrix(documents: Sequence[Document], clients: Sequence[Client]) -> Matrix:
    """The *documents*, reports in their JSON form, in the order given, and what they mean for *clients*."""
    servers = [_server(place, document) for place, document in enumerate(documents)]
    lines = _lines(servers)
    failing = [line for line in lines if any(kind.startswith("failed") for kind in line.kinds)]
    differing = [line for line in lines if line not in failing and len(set(line.kinds)) > 1]
    return Matrix(
        servers=servers,
        areas=_areas(servers),
        failing=sorted(failing, key=lambda line: min(map(list(SIGNS).index, line.kinds))),
        differing=differing,
        alike=len(lines) - len(failing) - len(differing),
        clients={client: [fit(client, server.rows) for server in servers] for client in clients},
        notes=list(notes({server.letter: server.document for server in servers})),
    )


def label(document: Document) -> str:
    """What a report calls its target: its name, or else its base URL."""
    return str(document["target"].get("name") or document["target"]["url"])


def kind(row: Row | None) -> str:
    """What a requirement comes to, by its level where it fails; one of SIGNS."""
    if row is None:
        return "absent"
    verdict = row["verdict"]
    return f"failed {row['level'].upper()}" if verdict == "fail" else WORDS.get(verdict, str(verdict))


def _server(place: int, document: Document) -> Server:
    rows = {row["id"]: row for row in document["requirements"]}
    return Server(_letters(place), label(document), document, rows)


def _letters(place: int) -> str:
    """A to Z, then AA, AB and so on, as columns of a sheet."""
    rest, last = divmod(place, len(ascii_uppercase))
    return (_letters(rest - 1) if rest else "") + ascii_uppercase[last]


def _areas(servers: Sequence[Server]) -> dict[str, list[Cell]]:
    names = dict.fromkeys(row["area"] for server in servers for row in server.rows.values())
    return {name: [_cell(name, server) for server in servers] for name in names}


def _cell(area: str, server: Server) -> Cell:
    rows: dict[str, list[Row]] = {}
    for row in server.rows.values():
        if row["area"] == area:
            rows.setdefault(kind(row), []).append(row)
    return Cell({name: rows[name] for name in SIGNS if name in rows})


def _lines(servers: Sequence[Server]) -> list[Line]:
    found: dict[str, Row] = {}
    for server in servers:
        found |= {id: row for id, row in server.rows.items() if id not in found}
    lines = []
    for id, row in found.items():
        rows = [server.rows.get(id) for server in servers]
        lines.append(Line(row, rows, [kind(one) for one in rows]))
    return lines
