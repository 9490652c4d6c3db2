"""Correct servers with limits for texts, token arrays and bodies, and one that accepts long texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.faulty_servers.embeddings import decode, encode, inputs
from tests.faulty_servers.faults import rejects, responds
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.sizes import MIB, accepts_long_texts

Ids = tuple[str, ...]

LONGEST = 200_000
"""The longest vector of the server that returns any length."""

SMALL = 1.2345678e-20
"""A number with many digits in JSON that changes neither the norm nor the direction of a vector."""


def servers_with_limits() -> Iterator[tuple[str, Fault, Ids, Ids]]:
    """Correct servers: their names, the SHOULD requirements that they do not meet, and those that cannot be tested."""
    too_large = error(413).with_header("connection", "close")
    yield (
        "returns 413 for bodies over 1 MiB and closes the connection",
        responds(lambda request: len(request.body) > MIB, too_large),
        (),
        (),
    )
    name = "rejects texts and arrays of over {} tokens"
    yield name.format(256), rejects(_is_over(256)), (), ("meaning.different.last-word", "meaning.batch.long")
    yield name.format(512), rejects(_is_over(512)), (), ("meaning.batch.long",)
    limits_users = rejects(lambda payload: len(str(payload.get("user"))) > 512)
    yield "rejects a user of over 512 characters", limits_users, (), ()
    yield "accepts texts of 8,000 tokens", accepts_long_texts(), (), ()
    yield "returns vectors of any requested length", _returns_any_length, (), ()


async def _returns_any_length(request: Request, correct: Server) -> Response:
    """Extend the vectors of the model with small numbers if more numbers are requested than it has."""
    response = await correct(request)
    payload = request.json_object
    size = payload.get("dimensions")
    if response.ok or type(size) is not int or not 0 < size <= LONGEST:
        return response
    native = await correct(
        request.with_payload({name: payload[name] for name in payload if name != "dimensions"})
    )
    if not native.ok or any(len(decode(embedding)) > size for embedding in native.embeddings):
        return response
    return native.with_embeddings([_extended(embedding, size) for embedding in native.embeddings])


def _extended(embedding: Any, size: int) -> Any:
    vector = decode(embedding)
    longer = np.concatenate([vector, np.full(size - len(vector), SMALL)])
    return encode(longer, as_base64=isinstance(embedding, str))


def _is_over(most: int) -> Any:
    return lambda payload: any(_tokens(item) > most for item in inputs(payload.get("input")))


def _tokens(item: Any) -> int:
    """The number of words of a text, or of tokens of an array; 0 for anything else."""
    if isinstance(item, str):
        return len(item.split())
    return len(item) if isinstance(item, list) else 0
