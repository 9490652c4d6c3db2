"""Exchanges with responses of all sizes, and their facts."""

from __future__ import annotations

import json
from typing import Any

from conformance.checks.answers import Answer, Answers
from conformance.contract import Contract
from conformance.http_client import Exchange, Request, Response

CONTRACT = Contract.load()
NUMBERS = [0.001 * n - 0.5 for n in range(1500)]
Headers = tuple[tuple[str, str], ...]


def exchange(
    body: bytes | dict[str, Any], status: int = 200, sent: Any = None, headers: Headers = (), omitted: int = 0
) -> Exchange:
    request = Request(body=json.dumps({"input": "a"} if sent is None else sent).encode())
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(request, Response(status, headers, whole, omitted), None, 0.1)


def payload(*embeddings: Any, **changes: Any) -> dict[str, Any]:
    data = [{"object": "embedding", "index": n, "embedding": e} for n, e in enumerate(embeddings)]
    usage = {"prompt_tokens": 5000, "total_tokens": 5000}
    return {"object": "list", "data": data, "model": "m", "usage": usage, **changes}


def read(given: Exchange, *secrets: str) -> tuple[Answer, Exchange]:
    """The facts of an exchange, and what is kept of it."""
    answers = Answers(CONTRACT, secrets)
    kept = answers.read(given)
    return answers.of(kept), kept


def batch(size: int, numbers: list[float] = NUMBERS) -> Exchange:
    vectors = [[n + 1.0, *numbers] for n in range(size)]
    return exchange(payload(*vectors), sent={"input": ["a"] * size})
