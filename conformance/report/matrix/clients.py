"""What a report means for a client: does it work with this server, or break, and on what?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.contract import Client, Reliance
from conformance.contract.clients import WORKS
from conformance.report.model.shapes import shape_of

Row = Mapping[str, Any]
Shape = Mapping[str, Any]

OF_NO_CLIENT = "a 4xx"
"""What a report expects of requests that break the contract (``suite.judges.EXPECTED``): no client sends them."""

CLIENT_SIGNS = {"breaks": "✗", "not known": "?", "works": "✓"}
CLIENT_TONES = {"breaks": "bad", "not known": "known", "works": "good"}
HARM_WORDS = {"error": "an error", "wrong data": "silently wrong data"}

REFUSED: Shape = {"expected": "a 4xx", "input": "other", "encoding_format": "other", "status": "a 4xx"}
"""What a server that does not claim a capability makes of a request that takes it."""

NOT_TOLD = "fails, and the report does not say in which requests"


@dataclass(frozen=True, slots=True)
class Break:
    """A requirement that a client relies on and a server does not keep, seen in requests of *shape*, as it sends."""

    row: Row
    reliance: Reliance
    shape: Shape

    @property
    def harm(self) -> str:
        """What the client's caller gets: an ``error``, or silently ``wrong data``."""
        return self.reliance.harm or ("wrong data" if self.shape["status"] == 200 else "error")

    @property
    def item(self) -> Mapping[str, Any] | None:
        """An exchange that shows it, if the report has one."""
        wanted = self.shape["input"], self.shape["encoding_format"]
        alike = (item for item in self.row["evidence"] if shape_of(item["request"]["body"]) == wanted)
        return next((item for item in alike if item["expected"] == self.shape["expected"]), None)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a client works with a server: what it breaks on, and (id and reason) what leaves it open."""

    breaks: Sequence[Break]
    unknown: Sequence[tuple[str, str]]

    @property
    def word(self) -> str:
        """``works``, ``breaks`` or ``not known``."""
        return "breaks" if self.breaks else "not known" if self.unknown else "works"

    @property
    def harms(self) -> str:
        """In what way it breaks, in a few words."""
        found = {one.harm for one in self.breaks}
        return " and ".join(text for harm, text in HARM_WORDS.items() if harm in found)


def fit(client: Client, rows: Mapping[str, Row]) -> Fit:
    """Whether *client* works with the server whose requirements are *rows*, by their ids.

    A failure counts where it was seen in requests of a kind that the client sends. What was not judged leaves it open.
    """
    breaks: dict[str, Break] = {}
    unknown: dict[str, str] = {}
    for reliance in client.relies_on:
        matching = [row for id, row in rows.items() if fnmatchcase(id, reliance.requirement)]
        if not matching:
            unknown.setdefault(reliance.requirement, "not in this report")
        for row in matching:
            if found := next(_found(client, reliance, row), None):
                breaks.setdefault(row["id"], found)
            elif reason := _open(row):
                unknown.setdefault(row["id"], reason)
    if settled := {row["id"]: (row, outcome) for row, outcome in _declared(client, rows)}:
        unknown = {id: why for id, why in unknown.items() if why != "unsupported"}
    for id, (row, outcome) in settled.items():
        if outcome != WORKS:
            reliance = Reliance(id, "The client takes what the server does not claim", harm=outcome)
            breaks[id] = Break(row, reliance, next(iter(row.get("shapes", ())), REFUSED))
    return Fit(list(breaks.values()), [(id, why) for id, why in unknown.items() if id not in breaks])


def _declared(client: Client, rows: Mapping[str, Row]) -> Iterator[tuple[Row, str]]:
    """What *client* takes and the server is declared not to have, each with what comes of it."""
    for name, misread in client.takes.items():
        row = rows.get(f"capability.{name}")
        if row is not None and row["verdict"] in ("pass", "fail"):
            accepted = any(shape["status"] == 200 for shape in row.get("shapes", ()))
            yield row, misread if accepted else "error"


def _found(client: Client, reliance: Reliance, row: Row) -> Iterator[Break]:
    if row["verdict"] != "fail":
        return
    for shape in row.get("shapes", ()):
        its_own = shape["input"] in client.inputs and shape["expected"] != OF_NO_CLIENT
        if its_own and all(shape[name] == value for name, value in reliance.request.items()):
            yield Break(row, reliance, shape)


def _open(row: Row) -> str:
    """Why nothing is known of *row*; empty where it passes, or fails in what the client does not do."""
    match row["verdict"]:
        case "pass":
            return ""
        case "fail":
            told = sum(shape["failures"] for shape in row.get("shapes", ()))
            return "" if told == row["failures"] else NOT_TOLD
        case "not-tested":
            return "not tested"
    return str(row["verdict"])
