"""Compatibility of a client with a server, derived from the server's report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.contract import Client, Reliance
from conformance.contract.clients import WORKS
from conformance.engine import Expect
from conformance.report.model.shapes import shape_of

Row = Mapping[str, Any]
Shape = Mapping[str, Any]

EXPECTED_REJECTION = Expect.REJECT.phrase
"""The expectation for requests that violate the contract. No client sends them."""

SIGNS = {"breaks": "✗", "not known": "?", "works": "✓"}
TONES = {"breaks": "bad", "not known": "known", "works": "good"}
CONSEQUENCES = {"error": "an error", "wrong data": "silently wrong data"}

REJECTED: Shape = {"expected": "a 4xx", "input": "other", "encoding_format": "other", "status": "a 4xx"}
"""How a server handles requests that use a feature which it declares unsupported."""

WITHOUT_SHAPES = "fails, but the report does not say for which requests"


@dataclass(frozen=True, slots=True)
class Break:
    """A requirement that a client relies on, and that failed for requests of *shape*, which the client sends."""

    row: Row
    reliance: Reliance
    shape: Shape

    @property
    def consequence(self) -> str:
        """What the client's caller gets: an ``error``, or silently ``wrong data``."""
        return self.reliance.effect or ("wrong data" if self.shape["status"] == 200 else "error")

    @property
    def item(self) -> Mapping[str, Any] | None:
        """An exchange of this shape, if the report has one."""
        wanted = self.shape["input"], self.shape["encoding_format"]
        matching = (item for item in self.row["evidence"] if shape_of(item["request"]["body"]) == wanted)
        return next((item for item in matching if item["expected"] == self.shape["expected"]), None)


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Whether a client works with a server.

    ``breaks`` are the failures that affect it. ``unknown`` has the id and reason of each requirement without a result.
    """

    breaks: Sequence[Break]
    unknown: Sequence[tuple[str, str]]

    @property
    def label(self) -> str:
        """``works``, ``breaks`` or ``not known``."""
        return "breaks" if self.breaks else "not known" if self.unknown else "works"

    @property
    def consequences(self) -> str:
        """What the client's caller gets, in a few words."""
        found = {one.consequence for one in self.breaks}
        return " and ".join(text for consequence, text in CONSEQUENCES.items() if consequence in found)


def compatibility(client: Client, rows: Mapping[str, Row]) -> Compatibility:
    """The compatibility of *client* with the server whose requirements are *rows*, by id.

    A failure counts if it occurred for requests of a shape that the client sends. A requirement that was not judged
    makes the result unknown.
    """
    breaks: dict[str, Break] = {}
    unknown: dict[str, str] = {}
    for reliance in client.relies_on:
        matching = [row for id, row in rows.items() if fnmatchcase(id, reliance.requirement)]
        if not matching:
            unknown.setdefault(reliance.requirement, "not in this report")
        for row in matching:
            if found := next(_breaks(client, reliance, row), None):
                breaks.setdefault(row["id"], found)
            elif reason := _unknown_reason(row):
                unknown.setdefault(row["id"], reason)
    if declared := {row["id"]: (row, outcome) for row, outcome in _unsupported(client, rows)}:
        unknown = {id: reason for id, reason in unknown.items() if reason != "unsupported"}
    for id, (row, outcome) in declared.items():
        if outcome != WORKS:
            reliance = Reliance(
                id, "The client uses a feature that the server does not support", effect=outcome
            )
            breaks[id] = Break(row, reliance, next(iter(row.get("shapes", ())), REJECTED))
    return Compatibility(list(breaks.values()), [item for item in unknown.items() if item[0] not in breaks])


def _unsupported(client: Client, rows: Mapping[str, Row]) -> Iterator[tuple[Row, str]]:
    """The features that *client* uses and the server declares unsupported, each with the consequence."""
    for name, if_accepted in client.needs.items():
        row = rows.get(f"capability.{name}")
        if row is not None and row["verdict"] in ("pass", "fail"):
            accepted = any(shape["status"] == 200 for shape in row.get("shapes", ()))
            yield row, if_accepted if accepted else "error"


def _breaks(client: Client, reliance: Reliance, row: Row) -> Iterator[Break]:
    if row["verdict"] != "fail":
        return
    for shape in row.get("shapes", ()):
        is_sent = shape["input"] in client.inputs and shape["expected"] != EXPECTED_REJECTION
        if is_sent and all(shape[name] == value for name, value in reliance.request.items()):
            yield Break(row, reliance, shape)


def _unknown_reason(row: Row) -> str:
    """Why *row* has no result for the client; empty if it passed, or failed only for requests of other clients."""
    match row["verdict"]:
        case "pass":
            return ""
        case "fail":
            total = sum(shape["failures"] for shape in row.get("shapes", ()))
            return "" if total == row["failures"] else WITHOUT_SHAPES
        case "not-tested":
            return "not tested"
    return str(row["verdict"])
