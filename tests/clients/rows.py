"""Rows of the table of requests, and the differences between two rows: pure functions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from conformance import Contract
from tests.clients.recorder import Call

Row = Mapping[str, Any]

ABSENT = "absent"
CREDENTIAL = "a credential"


def describe(call: Call, contract: Contract, credentials: Collection[str]) -> dict[str, Any]:
    """Describe the request in *call*, whose body is JSON.

    `input` is one of string, strings, tokens, token arrays. `authorization` is the header, without *credentials*.
    """
    body: dict[str, Any] = json.loads(call.body)
    return {
        "request": f"{call.method} {call.path} HTTP/{call.http_version}",
        "content_type": call.headers.get("content-type", ABSENT),
        "framing": "content-length" if "content-length" in call.headers else "chunked",
        "input": form(body.get("input")),
        "encoding_format": body.get("encoding_format", ABSENT),
        "nulls": sorted(name for name, value in body.items() if value is None),
        "unknown": sorted(set(body) - set(contract.request.properties)),
        "authorization": _authorization(call.headers.get("authorization"), credentials),
        "headers": sorted(call.headers),
    }


def form(given: Any) -> str:
    """The form of an input, as in spec/clients.yaml."""
    if isinstance(given, str):
        return "string"
    if isinstance(given, list) and given:
        forms = {str: "strings", int: "tokens", list: "token arrays"}
        return forms.get(type(given[0]), "neither text nor tokens")
    return "neither text nor tokens"


def decodes(embeddings: Sequence[Any]) -> str:
    """What a caller gets as an embedding: floats, or a string."""
    return "string" if all(isinstance(embedding, str) for embedding in embeddings) else "floats"


def differences(expected: Row | None, found: Row) -> Iterator[str]:
    """Yield a sentence for each member of the row *found* that differs from *expected*."""
    if expected is None:
        yield "the table has no row for it; --update writes one"
        return
    for member in dict.fromkeys([*expected, *found]):
        before, now = expected.get(member, ABSENT), found.get(member, ABSENT)
        if before != now:
            yield f"{member}: expected {_shown(before)}, found {_shown(now)}{_lists(before, now)}"


def _authorization(value: str | None, credentials: Collection[str]) -> str:
    if value is None:
        return ABSENT
    scheme, _, token = value.partition(" ")
    return f"{scheme} and {CREDENTIAL}" if token in credentials else value


def _shown(value: Any) -> str:
    return f"{len(value)} names" if isinstance(value, list) and value else repr(value)


def _lists(before: Any, now: Any) -> str:
    if not isinstance(before, list) or not isinstance(now, list):
        return ""
    removed, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    return f" (removed: {', '.join(removed) or 'none'}; new: {', '.join(new) or 'none'})"
