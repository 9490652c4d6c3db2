"""Compatibility of a client with a server, derived from the server's report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from conformance.contract import Client, Reliance, load_clients
from conformance.contract.capabilities import AS_IF_SUPPORTED
from conformance.contract.clients import ANY, BASE64, WORKS
from conformance.engine import Expect
from conformance.report.model.shapes import shape_of

from .hints import is_observer

Row = Mapping[str, Any]
Shape = Mapping[str, Any]

EXPECTED_REJECTION = Expect.REJECT.phrase
"""The expectation for requests that violate the contract. No client sends them."""

SUCCESSES = range(200, 300)
"""Statuses of responses that clients read as a success."""

SIGNS = {"breaks": "✗", "not known": "?", "works": "✓"}
TONES = {"breaks": "bad", "not known": "known", "works": "good"}
CONSEQUENCES = {"error": "an error", "wrong data": "silently wrong data"}

REJECTED: Shape = {"expected": "a 4xx", "input": "other", "encoding_format": "other", "status": "a 4xx"}
"""How a server handles requests that use a feature which it declares unsupported."""

ABSENT = "not in this report"

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
        return self.reliance.effect or ("wrong data" if self.shape["status"] in SUCCESSES else "error")

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
    ``workaround`` is what its caller can write to avoid the failures; empty if nothing is known.
    """

    breaks: Sequence[Break]
    unknown: Sequence[tuple[str, str]]
    workaround: str = ""

    @property
    def label(self) -> str:
        """``works``, ``breaks`` or ``not known``."""
        return "breaks" if self.breaks else "not known" if self.unknown else "works"

    @property
    def consequences(self) -> str:
        """What the client's caller gets, in a few words."""
        return listed_consequences(self.breaks)


def listed_consequences(breaks: Iterable[Break]) -> str:
    """What the callers of clients get because of *breaks*, in a few words."""
    found = {one.consequence for one in breaks}
    return " and ".join(text for consequence, text in CONSEQUENCES.items() if consequence in found)


def client_table(rows: Iterable[Row]) -> dict[Client, Compatibility]:
    """The compatibility of each known client with the server whose requirements are *rows*; those that break first."""
    by_id = {row["id"]: row for row in rows}
    found = {client: client_compatibility(client, by_id) for client in _shipped_clients()}
    return dict(sorted(found.items(), key=lambda pair: list(SIGNS).index(pair[1].label)))


@lru_cache(maxsize=1)
def _shipped_clients() -> tuple[Client, ...]:
    return load_clients()


def known_clients(rows: Iterable[Row]) -> dict[Client, Compatibility]:
    """The client table; empty if nothing is known about any client."""
    table = client_table(rows)
    return {} if all(found.label == "not known" for found in table.values()) else table


def clients_as_list(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The client table as JSON-compatible data."""
    return [
        {
            "name": client.name,
            "package": client.package,
            "result": found.label,
            "consequences": found.consequences,
            "workaround": found.workaround,
            "failed": [one.row["id"] for one in found.breaks],
            "unknown": [id for id, _ in found.unknown],
        }
        for client, found in client_table(rows).items()
    ]


def client_compatibility(client: Client, rows: Mapping[str, Row]) -> Compatibility:
    """The compatibility of *client* with the server whose requirements are *rows*, by id.

    A failure counts if it occurred for requests of a shape that the client sends. A requirement that is blocked by such
    a failure counts too. Any other requirement that was not judged makes the result unknown.
    """
    breaks: dict[str, Break] = {}
    unknown: dict[str, str] = {}
    for reliance, row in _judged_first(client, rows):
        if row is None:
            unknown.setdefault(reliance.requirement, ABSENT)
        elif not (breaks and row["blocked_by"]) and (found := _break(client, reliance, row, rows)):
            breaks.setdefault(found.row["id"], found)
        elif reason := _unknown_reason(row, reliance):
            unknown.setdefault(row["id"], reason)
    if declared := {row["id"]: (row, outcome) for row, outcome in _unsupported(client, rows)}:
        unknown = {id: reason for id, reason in unknown.items() if reason != "unsupported"}
    for id, (row, outcome) in declared.items():
        if not outcome:
            unknown[id] = "accepted, although it is declared unsupported"
        elif outcome != WORKS:
            reliance = Reliance(
                id, "The client uses a feature that the server does not support", effect=outcome
            )
            breaks[id] = Break(row, reliance, next(iter(row.get("shapes", ())), REJECTED))
    reasons = [item for item in unknown.items() if item[0] not in breaks]
    broken = list(breaks.values())
    return Compatibility(
        broken, sorted(reasons, key=lambda item: item[1] == ABSENT), _workaround(client, broken, rows)
    )


def _workaround(client: Client, breaks: Sequence[Break], rows: Mapping[str, Row]) -> str:
    """How the caller of *client* asks for floats, if base64 responses break it, and nothing else does.

    A requirement that watches the requests of others may still fail: it repeats the failures of base64 responses.
    """
    if client.with_floats is None or not any(map(_is_of_base64, breaks)):
        return ""
    left = client_compatibility(client.with_floats, rows)
    works = not left.unknown and all(is_observer(one.row) for one in left.breaks)
    return client.floats if works else ""


def _is_of_base64(found: Break) -> bool:
    in_base64 = found.reliance.request.get("encoding_format") == BASE64 and not is_observer(found.row)
    return in_base64 or found.row["id"] == f"capability.{BASE64}"


def _judged_first(client: Client, rows: Mapping[str, Row]) -> list[tuple[Reliance, Row | None]]:
    """The reliances of *client* with their rows, or with None; those that are blocked last.

    So the effect of a failure is that of the reliance on it, before that of a reliance on what it blocks.
    """
    found: list[tuple[Reliance, Row | None]] = []
    for reliance in client.relies_on:
        matching = [row for id, row in rows.items() if fnmatchcase(id, reliance.requirement)]
        found += [(reliance, row) for row in matching]
        if not matching and not reliance.assumed:
            found.append((reliance, None))
    return sorted(found, key=lambda pair: pair[1] is not None and bool(pair[1]["blocked_by"]))


def _unsupported(client: Client, rows: Mapping[str, Row]) -> Iterator[tuple[Row, str]]:
    """The features that *client* uses and the server declares unsupported, each with the consequence.

    It is empty if the server seems to support the feature: what it returns was not tested.
    """
    for name, if_ignored in client.needs.items():
        row = rows.get(f"capability.{name}")
        if row is not None and row["verdict"] in ("pass", "fail"):
            accepted = any(shape["status"] in SUCCESSES for shape in row.get("shapes", ()))
            supported = any(AS_IF_SUPPORTED in item["actual"] for item in row["evidence"])
            yield row, "error" if not accepted else "" if supported else if_ignored


def _break(client: Client, reliance: Reliance, row: Row, rows: Mapping[str, Row]) -> Break | None:
    """A failure of *row* that affects *client*, or one of the requirement that blocks it."""
    root = rows.get(row["blocked_by"] or "", row)
    if root is row:
        return next(_breaks(client, reliance, row), None)
    return None if reliance.assumed else next(_broken_answers(client, reliance, root), None)


def _breaks(client: Client, reliance: Reliance, row: Row) -> Iterator[Break]:
    if row["verdict"] != "fail":
        return
    for shape in row.get("shapes", ()):
        if shape["expected"] != EXPECTED_REJECTION and _counts(client, reliance, shape):
            yield Break(row, reliance, shape)


def _counts(client: Client, reliance: Reliance, shape: Shape) -> bool:
    """Whether a failure of requests of *shape* affects *client*, which sends other requests perhaps."""
    wanted = dict(reliance.request)
    form = wanted.pop("input", "")
    is_form = shape["input"] in (client.inputs if not form else (form,))
    is_other = any(shape[name] != value for name, value in wanted.items())
    return (form == ANY or is_form) and not is_other


def _broken_answers(client: Client, reliance: Reliance, root: Row) -> Iterator[Break]:
    """The broken answers to the client's own requests in *root*, which blocks the requirement of *reliance*."""
    for found in _breaks(client, reliance, root):
        if found.shape["status"] in SUCCESSES and found.shape["encoding_format"] == client.encoding_format:
            yield found


def _unknown_reason(row: Row, reliance: Reliance) -> str:
    """Why *row* has no result for the client; empty if it passed, or failed only for requests of other clients.

    It is empty too if the requirement was not tested or is blocked, and *reliance* assumes that it holds.
    """
    match row["verdict"]:
        case "pass":
            return ""
        case "fail":
            total = sum(shape["failures"] for shape in row.get("shapes", ()))
            return "" if total == row["failures"] else WITHOUT_SHAPES
        case "not-tested" | "blocked" if reliance.assumed:
            return ""
    return str(row["verdict"]).replace("-", " ")
