"""Bounds of a report: the length of texts and lists that come from a target, and the size of all evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.secret import Secret

from .redaction import Redactor

MAX_TEXT = 1_000
"""Characters of a text such as a reason, an expectation, or a URL."""

MAX_BODY = 2_000
"""Bytes of a body."""

TAIL = 400
"""The part of MAX_BODY that is the end of the body: ``model`` and ``usage`` follow the numbers."""

MAX_HEADERS = 30
"""Headers of one message."""

MAX_NAME = 100
"""Characters of a header's name."""

MAX_VALUE = 300
"""Characters of a header's value."""

MAX_EVIDENCE_BYTES = 10_000_000
"""Bytes of the evidence for all requirements, as JSON."""

MAX_SHAPE_BYTES = 2_000_000
"""Bytes of the shapes of all requirements, as JSON."""

READ_AHEAD = 4
"""Times a bound: characters that are redacted before the cut, so that no part of a credential remains at its end."""


def bounded_text(text: str, redactor: Redactor, limit: int = MAX_TEXT) -> str:
    """*text*, redacted and cut to *limit* characters; the cut says how many characters follow."""
    shown = redactor.text(text[: READ_AHEAD * limit])
    if len(text) <= limit or (len(text) <= READ_AHEAD * limit and len(shown) <= limit):
        return shown
    return f"{shown[:limit]}... ({len(text) - limit:,} more characters)"


def bounded_body(body: bytes, redactor: Redactor, omitted: int = 0) -> str:
    """The beginning and the end of *body* as text, redacted; the cut says how many bytes it has.

    Of a body of which *omitted* or more bytes are missing at the end, only the beginning is shown.
    """
    if len(body) <= MAX_BODY and not omitted:
        return redactor.text(body.decode("utf-8", "backslashreplace"))
    ahead = READ_AHEAD * MAX_BODY
    head = redactor.text(body[:ahead].decode("utf-8", "backslashreplace"))[: MAX_BODY - TAIL]
    if omitted:
        return f"{head} ... (at least {len(body) + omitted:,} bytes)"
    tail = redactor.text(body[-ahead:].decode("utf-8", "backslashreplace"))[-TAIL:]
    return f"{head} ... ({len(body):,} bytes) ... {tail}"


def bounded_headers(headers: Sequence[tuple[str, str]], redactor: Redactor) -> dict[str, Any]:
    """The first of *headers*, redacted and cut, as members of a message; ``more_headers`` counts the others."""
    shown = [
        [bounded_text(name, redactor, MAX_NAME), _bounded_value(name, value, redactor)]
        for name, value in headers[:MAX_HEADERS]
    ]
    more = len(headers) - len(shown)
    return {"headers": shown} | ({"more_headers": more} if more else {})


def fitting_lists(lists: Mapping[str, Sequence[Any]], room: int) -> dict[str, list[Any]]:
    """*lists* of requirements, by id, without what exceeds *room* bytes of JSON.

    The first item of every requirement has priority over the second one of any.
    """
    kept: dict[str, list[Any]] = {id: [] for id in lists}
    for id, item in _by_number(lists):
        room -= len(json.dumps(item, indent=1))
        if room < 0:
            break
        kept[id].append(item)
    return kept


def _by_number(lists: Mapping[str, Sequence[Any]]) -> Iterable[tuple[str, Any]]:
    """The first item of each requirement, then the second one of each, and so on."""
    for number in range(max(map(len, lists.values()), default=0)):
        yield from ((id, items[number]) for id, items in lists.items() if number < len(items))


def _bounded_value(name: str, value: str, redactor: Redactor) -> str:
    ahead = value if isinstance(value, Secret) else value[: READ_AHEAD * MAX_VALUE]
    shown = redactor.header(name[:MAX_NAME], ahead)
    if len(shown) <= MAX_VALUE:
        return shown
    return f"{shown[:MAX_VALUE]}... ({len(value) - MAX_VALUE:,} more characters)"
