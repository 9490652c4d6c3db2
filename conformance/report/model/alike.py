"""Failures that are alike, and what to look at first."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .root_causes import Cause, Row, causes


def alike(found: Iterable[Cause]) -> list[list[Cause]]:
    """*found* in its order, with those together in whose first exchange the same came where the same was expected.

    Only failures of one area are alike: their cause may be one.
    """
    groups: dict[Hashable, list[Cause]] = {}
    for cause in found:
        groups.setdefault(_likeness(cause.row), []).append(cause)
    return list(groups.values())


def hint(document: Mapping[str, Any]) -> str:
    """What to look at first where one failure leaves most of what is wrong unjudged; empty where none does."""
    found = causes(document["requirements"])
    widest = max(found, key=lambda cause: len(cause.blocked), default=None)
    if widest is None or 2 * len(widest.blocked) < sum(1 + len(cause.blocked) for cause in found):
        return ""
    waiting = len(widest.blocked)
    begin = f"Begin with {widest.row['id']}: {waiting} more {'wait' if waiting > 1 else 'waits'} for it."
    return " ".join([begin, *_questions(widest.row)])


def _questions(row: Row) -> Iterator[str]:
    if row["area"] != "auth" or not row["evidence"]:
        return
    match row["evidence"][0]["response"].get("status"):
        case 401 | 403:
            yield "Are the credentials right?"
        case 404 | 405:
            yield "Is the base URL right, and is the model one that the target has?"
        case 400 | 422:
            yield "Is the model one that the target has?"


def _likeness(row: Row) -> Hashable:
    evidence: Sequence[Mapping[str, Any]] = row["evidence"]
    if row["verdict"] != "fail" or not evidence:
        return str(row["id"])
    response = evidence[0]["response"]
    came = response.get("status"), response.get("failure"), evidence[0]["actual"].partition(":")[0]
    return row["area"], row["level"], evidence[0]["expected"], *came
