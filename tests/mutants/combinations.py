"""Mutants that are wrong only for certain combinations: of options, or of a request and the way to send it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.contract import Contract
from tests.faulty_servers.embeddings import (
    changes_vectors,
    embeds_input,
    embeds_texts,
    inputs,
    is_array_of,
    is_base64,
    is_text_batch,
)
from tests.faulty_servers.faults import (
    OnRequest,
    changes_request,
    crashes,
    only_for,
    responds,
)
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant

VALID, INVALID = "http.transport.valid", "http.transport.invalid"


def combination_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of pairs."""
    yield from _options()
    yield from _valid()
    yield from _invalid(contract)
    yield from _credentials(contract)


def _options() -> Iterator[Mutant]:
    combinations = "meaning.combinations"
    yield Mutant(
        "swaps the halves of shortened vectors in base64",
        combinations,
        only_for(lambda p: is_base64(p) and "dimensions" in p, changes_vectors(_swapped)),
    )
    yield Mutant(
        "rejects a user together with base64",
        combinations,
        responds(lambda request: _has_user_and_base64(request.payload()), error(400)),
    )
    yield Mutant(
        "embeds batches of five with a user in another order",
        combinations,
        only_for(
            lambda p: "user" in p and len(inputs(p.get("input"))) == 5,
            embeds_input(lambda value: value[::-1] if isinstance(value, list) else value),
        ),
    )
    yield Mutant(
        "drops accents in base64 batches",
        combinations,
        only_for(
            lambda p: is_base64(p) and is_text_batch(p.get("input")),
            embeds_texts(lambda text: text.encode("ascii", "ignore").decode()),
        ),
    )
    yield Mutant(
        "swaps the vectors of token arrays in base64",
        combinations,
        only_for(
            lambda p: is_base64(p) and is_array_of(p.get("input"), list),
            changes_vectors(lambda vectors, _: vectors[::-1]),
        ),
    )
    yield Mutant(
        "negates shortened vectors of token arrays",
        combinations,
        only_for(
            lambda p: "dimensions" in p and is_array_of(p.get("input"), int),
            changes_vectors(lambda vectors, _: [-vector for vector in vectors]),
        ),
    )


def _swapped(vectors: list[Any], _: Payload) -> list[Any]:
    return [np.roll(vector, len(vector) // 2) for vector in vectors]


def _has_user_and_base64(payload: object) -> bool:
    return isinstance(payload, dict) and "user" in payload and is_base64(payload)


def _valid() -> Iterator[Mutant]:
    yield Mutant("rejects HTTP/1.0 requests", VALID, responds(_is_old, error(400)))
    yield Mutant("crashes on compressed bodies", VALID, crashes(_is_compressed))
    yield Mutant("embeds another text if the body is compressed", VALID, _embeds_compressed)
    yield Mutant("crashes on Expect", VALID, crashes(_has("expect")))
    yield Mutant("rejects clients that close the connection", VALID, responds(_closes, error(400)))
    yield Mutant(
        "reads chunked bodies as ASCII",
        VALID,
        changes_request(_is_chunked, _as_ascii),
    )
    yield Mutant(
        "rejects quoted charsets of HTTP/1.0 clients",
        VALID,
        responds(lambda r: _is_old(r) and '"' in (r.header("content-type") or ""), error(400)),
    )


def _invalid(contract: Contract) -> Iterator[Mutant]:
    yield Mutant("does not validate chunked bodies", INVALID, _repairs(contract, _is_chunked))
    yield Mutant("does not validate bodies after Expect", INVALID, _repairs(contract, _has("expect")))
    yield Mutant("does not validate bodies of HTTP/1.0 clients", INVALID, _repairs(contract, _is_old))
    yield Mutant("crashes on invalid chunked bodies", INVALID, _crashes_on_rejection(_is_chunked))


def _credentials(contract: Contract) -> Iterator[Mutant]:
    for name, when in (
        ("chunked bodies", _is_chunked),
        ("HTTP/1.0 requests", _is_old),
        ("requests with Expect", _has("expect")),
        ("requests with a long header", _has("x-padding")),
    ):
        yield Mutant(f"requires no credentials for {name}", "auth.transport", _authorizes(contract, when))


def _is_old(request: Request) -> bool:
    return request.version == "1.0"


def _is_chunked(request: Request) -> bool:
    return request.header("transfer-encoding") is not None


def _is_compressed(request: Request) -> bool:
    return request.header("content-encoding") is not None


def _closes(request: Request) -> bool:
    return request.header("connection") == "close"


def _has(name: str) -> OnRequest:
    return lambda request: request.header(name) is not None


def _as_ascii(request: Request) -> Request:
    text = request.json_object.get("input")
    return request.with_input(text.encode("ascii", "ignore").decode()) if isinstance(text, str) else request


async def _embeds_compressed(request: Request, correct: Server) -> Response:
    if not _is_compressed(request):
        return await correct(request)
    plain = request.with_body(gzip.decompress(request.body)).with_header("content-encoding", None)
    return await correct(plain.with_input("something else") if "input" in plain.json_object else plain)


def _repairs(contract: Contract, when: OnRequest) -> Fault:
    """A server that does not validate some bodies: it returns a vector for each of them."""
    valid = b'{"input": "river", "model": "%s"}' % (contract.example_model or "model").encode()

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if when(request) and response.status in (400, 422):
            return await correct(request.with_body(valid))
        return response

    return server


def _crashes_on_rejection(when: OnRequest) -> Fault:
    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        return error(500) if when(request) and response.status in (400, 422) else response

    return server


def _authorizes(contract: Contract, when: OnRequest) -> Fault:
    """A server that needs no credentials for some requests."""
    from tests.mutants.setup import credentials

    given = credentials(contract)

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if response.status not in (401, 403) or not when(request):
            return response
        for name, value in given:
            request = request.with_header(name, str(value))
        return await correct(request)

    return server
