"""The shapes of the requests behind a failure: the form of the input, and the requested encoding format.

The matrix compares them with the requests that a client sends.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from conformance.contract.clients import FORMATS
from conformance.contract.roles import Roles, usual_roles
from conformance.engine import Evidence

from .exchange import body_of

MOST_SHAPES = 100
"""Shapes that a report contains for one requirement."""


def count_shapes(evidence: Iterable[Evidence], roles: Roles | None = None) -> list[dict[str, Any]]:
    """Count the exchanges of *evidence* by expectation, shape and status (None: no response).

    *roles* are the names of the properties of requests, by default the usual ones.
    """
    found: Counter[tuple[str, str, str, int | None]] = Counter()
    for item in evidence:
        response = item.exchange.response
        status = None if response is None else response.status
        form, encoding = shape_of(body_of(item.exchange.request), roles)
        found[item.expected, form, encoding, status] += 1
    names = ("expected", "input", "encoding_format", "status")
    return [
        {**dict(zip(names, shape, strict=True)), "failures": count}
        for shape, count in list(found.items())[:MOST_SHAPES]
    ]


def shape_of(body: bytes | str | None, roles: Roles | None = None) -> tuple[str, str]:
    """The form of the input and the encoding format in a request's *body*; ``other`` for anything unknown."""
    try:
        sent = json.loads(body or b"")
    except (ValueError, RecursionError):
        return "other", "other"
    if not isinstance(sent, dict):
        return "other", "other"
    roles = roles or usual_roles()
    encoding = roles.encoding_of(sent, "absent")
    return _form(roles.texts_of(sent)), encoding if encoding in FORMATS else "other"


def _form(value: Any) -> str:
    """One of ``contract.clients.FORMS``, or ``other``."""
    first = value[0] if isinstance(value, list) and value else None
    match value, first:
        case str(), _:
            return "string"
        case list(), str():
            return "strings"
        case list(), int():
            return "tokens"
        case list(), list():
            return "token arrays"
    return "other"
