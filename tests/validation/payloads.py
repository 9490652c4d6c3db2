"""Payloads for tests, and violations in a form that is easy to compare."""

from __future__ import annotations

import base64
import struct
from typing import Any

from conformance import Violation, validate_response

Row = tuple[str, str, str]
"""Requirement id, pointer, and the message after the pointer."""

USAGE = {"prompt_tokens": 100_000, "total_tokens": 100_000}


def rows(violations: list[Violation]) -> list[Row]:
    """The violations as rows. Each message begins with the pointer, or with `the body`."""
    found = []
    for violation in violations:
        place, _, rest = violation.message.partition(": ")
        assert place == (violation.pointer or "the body")
        found.append((violation.requirement, violation.pointer, rest))
    return found


def response_with(*embeddings: Any, indices: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    """A valid response with these *embeddings* and *indices* (default: from 0), updated with *more*."""
    places = list(range(len(embeddings))) if indices is None else indices
    data = [
        {"object": "embedding", "index": place, "embedding": embedding}
        for place, embedding in zip(places, embeddings, strict=True)
    ]
    return {"object": "list", "data": data, "model": "m", "usage": dict(USAGE), **more}


def floats(*numbers: float) -> str:
    """Base64 of little-endian float32 numbers."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


SHOULD = {"response.order", "response.model.named", "response.model.same"}


def response_rows(body: Any, request: Any = None) -> list[Row]:
    """The violations of a response as rows, after a check of their levels."""
    violations = validate_response(body, request)
    assert all(v.level == ("should" if v.requirement in SHOULD else "must") for v in violations)
    return rows(violations)
