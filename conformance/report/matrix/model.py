"""Reports of several servers, side by side: the results of each area and each requirement at each server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from conformance.contract import LEVELS, Client
from conformance.report.model.compatibility import Compatibility, client_compatibility

Document = Mapping[str, Any]
"""A report as JSON-compatible data."""

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
"""The results of a requirement at a server, most severe first, each with its sign."""

TONES = {
    "suite error": "bad",
    "failed MUST": "bad",
    "failed SHOULD": "known",
    "failed MAY": "known",
    "blocked": "known",
    "inconclusive": "known",
    "passed": "good",
}
"""The colors of results, as in the HTML report of one run. Other results have no color."""

WORDS = {"error": "suite error", "pass": "passed", "not-tested": "not tested"}
"""The results whose name differs from the verdict."""

DIFFERENCES: Sequence[tuple[str, str, Callable[[Document], object]]] = (
    (
        "contract",
        "correct responses can differ",
        lambda d: f"{d['contract']['file']} {d['contract']['sha256'][:12]}",
    ),
    ("profile", "levels and requirements can differ", lambda d: d["profile"]),
    ("suite version", "tests can differ", lambda d: d["suite"]["version"]),
    ("seed", "generated requests differ", lambda d: d["seed"]),
)
"""Properties of a run that make reports hard to compare if they differ: name, consequence, value."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server and its report. *letter* is its short name; the first server is A."""

    letter: str
    label: str
    document: Document
    rows: Mapping[str, Row]


@dataclass(frozen=True, slots=True)
class Cell:
    """An area at a server: its requirements by result, most severe first."""

    rows: Mapping[str, Sequence[Row]]

    @property
    def tone(self) -> str:
        """The color of the most severe result; empty if all tested requirements passed but some were not tested."""
        worst = next((TONES[result] for result in self.rows if result in TONES), "")
        return "" if worst == "good" and "not tested" in self.rows else worst


@dataclass(frozen=True, slots=True)
class RequirementResults:
    """A requirement at all servers. ``rows`` and ``results`` are in their order; a row is None if it is absent."""

    row: Row
    rows: Sequence[Row | None]
    results: Sequence[str]

    @property
    def levels(self) -> str:
        """Its level, or its levels if they differ between the servers' profiles."""
        found = {row["level"] for row in self.rows if row is not None}
        return " / ".join(level.upper() for level in LEVELS if level in found)


FIDELITY = ("vectors", "least cosine", "median cosine", "neighbors kept")
"""What the matrix shows of the vectors of a server beside those of a snapshot."""

FIDELITY_NOTE = (
    "Each text of the snapshot was sent alone. The cosines are between the vector of the server and that of the"
    " snapshot. The last column is the share of the nearest texts that are still the nearest."
)


@dataclass(frozen=True)
class Matrix:
    """Several reports side by side.

    ``failing`` are the requirements that failed at a server, ``differing`` the others whose results differ. ``same`` is
    the number of the remaining requirements. ``notes`` say what makes the reports hard to compare.
    """

    servers: Sequence[Server]
    areas: Mapping[str, Sequence[Cell]]
    failing: Sequence[RequirementResults]
    differing: Sequence[RequirementResults]
    same: int
    clients: Mapping[Client, Sequence[Compatibility]]
    notes: Sequence[str]

    @property
    def fidelity(self) -> Mapping[str, Sequence[str]]:
        """By the letter of each server that was tested with a snapshot: the texts for ``FIDELITY``."""
        found = ((server.letter, server.document.get("stability")) for server in self.servers)
        return {letter: _fidelity(stability) for letter, stability in found if stability}

    @property
    def results(self) -> list[str]:
        """All results in the matrix, most severe first."""
        found = {result for cells in self.areas.values() for cell in cells for result in cell.rows}
        return [result for result in SIGNS if result in found]

    def results_of(self, requirements: Sequence[RequirementResults]) -> list[str]:
        """All results of *requirements*, most severe first."""
        found = {result for requirement in requirements for result in requirement.results}
        return [result for result in SIGNS if result in found]

    def not_passed(self, requirement: RequirementResults) -> Iterator[tuple[Server, Row]]:
        """The servers at which the requirement did not pass, each with its row."""
        for server, row, result in zip(self.servers, requirement.rows, requirement.results, strict=True):
            if row is not None and result != "passed":
                yield server, row

    def servers_by_result(self, requirement: RequirementResults) -> dict[str, list[Server]]:
        """The servers by their result for the requirement, most severe first."""
        pairs = list(zip(self.servers, requirement.results, strict=True))
        return {
            wanted: [server for server, result in pairs if result == wanted]
            for wanted in self.results_of([requirement])
        }


def compare_servers(documents: Sequence[Document], clients: Sequence[Client]) -> Matrix:
    """The JSON reports *documents* side by side, in the given order, and what they mean for *clients*."""
    servers = [_server(index, document) for index, document in enumerate(documents)]
    requirements = _requirements(servers)
    failing = [one for one in requirements if any(result.startswith("failed") for result in one.results)]
    differing = [one for one in requirements if one not in failing and len(set(one.results)) > 1]
    return Matrix(
        servers=servers,
        areas=_areas(servers),
        failing=sorted(failing, key=lambda one: min(map(list(SIGNS).index, one.results))),
        differing=differing,
        same=len(requirements) - len(failing) - len(differing),
        clients={
            client: [client_compatibility(client, server.rows) for server in servers] for client in clients
        },
        notes=list(_notes(servers)),
    )


def server_label(document: Document) -> str:
    """The name of a report's target, or its base URL."""
    return str(document["target"].get("name") or document["target"]["url"])


def result_sign(row: Row | None) -> str:
    """The result of a requirement, one of SIGNS: its verdict, with the level if it failed."""
    if row is None:
        return "absent"
    verdict = row["verdict"]
    return f"failed {row['level'].upper()}" if verdict == "fail" else WORDS.get(verdict, str(verdict))


def _server(index: int, document: Document) -> Server:
    rows = {row["id"]: row for row in document["requirements"]}
    return Server(_letters(index), server_label(document), document, rows)


def _fidelity(stability: Mapping[str, Any]) -> Sequence[str]:
    """The grade, and the cosines and neighbors of texts that were sent alone."""
    single = next((form for form in stability["forms"] if form["form"] == "single"), None)
    if single is None:
        return stability["grade"], "", "", ""
    cosines = (f"{single[name]:.6f}" for name in ("least_cosine", "median_cosine"))
    return stability["grade"], *cosines, f"{single['neighbors_kept']:.0%}"


def _letters(index: int) -> str:
    """A to Z, then AA, AB and so on, like the columns of a spreadsheet."""
    rest, last = divmod(index, len(ascii_uppercase))
    return (_letters(rest - 1) if rest else "") + ascii_uppercase[last]


def _areas(servers: Sequence[Server]) -> dict[str, list[Cell]]:
    names = dict.fromkeys(row["area"] for server in servers for row in server.rows.values())
    return {name: [_cell(name, server) for server in servers] for name in names}


def _cell(area: str, server: Server) -> Cell:
    rows: dict[str, list[Row]] = {}
    for row in server.rows.values():
        if row["area"] == area:
            rows.setdefault(result_sign(row), []).append(row)
    return Cell({name: rows[name] for name in SIGNS if name in rows})


def _requirements(servers: Sequence[Server]) -> list[RequirementResults]:
    found: dict[str, Row] = {}
    for server in servers:
        found |= {id: row for id, row in server.rows.items() if id not in found}
    requirements = []
    for id, row in found.items():
        rows = [server.rows.get(id) for server in servers]
        requirements.append(RequirementResults(row, rows, [result_sign(one) for one in rows]))
    return requirements


def _notes(servers: Sequence[Server]) -> Iterator[str]:
    """A sentence for each difference between the runs that makes the reports hard to compare."""
    for name, consequence, value in DIFFERENCES:
        letters: dict[str, list[str]] = {}
        for server in servers:
            letters.setdefault(str(value(server.document)), []).append(server.letter)
        if len(letters) > 1:
            listed = ", ".join(f"{found} ({', '.join(those)})" for found, those in letters.items())
            yield f"The {name} differs, so {consequence}: {listed}."
    for server in servers:
        if server.document["interrupted"]:
            yield f"The run of {server.letter} was interrupted: some requirements were not tested."
        elif server.document["exit_code"] in (3, 4, 5):
            yield f"The run of {server.letter} ended with exit code {server.document['exit_code']}."
