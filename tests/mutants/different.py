"""Correct servers that differ from the reference server. No MUST may fail on them.

Each names the SHOULD requirements that it does not meet.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from conformance.contract import Contract
from conformance.contract.client_requests import load_client_requests
from tests.faulty_servers.embeddings import changes_vectors, decode, embeds, max_texts, to_base64
from tests.faulty_servers.faults import (
    changes_body,
    changes_response,
    changes_result,
    changes_result_body,
    changes_status,
    compresses,
    rejects,
    responds,
    sets_response_header,
)
from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.all_mutants import mutants
from tests.mutants.busy import busy_servers
from tests.mutants.different_clients import servers_for_clients
from tests.mutants.different_inputs import servers_with_unusual_inputs
from tests.mutants.different_runs import varying_servers
from tests.mutants.different_sizes import servers_with_limits
from tests.mutants.different_transports import servers_with_few_transports
from tests.mutants.http_requests import html_for
from tests.mutants.request_json import BOM

METHODS = ("http.method.status",)
NORMS = ("meaning.unit-length",)


@dataclass(frozen=True)
class Different:
    """A correct server.

    ``fails`` are the SHOULD requirements that it does not meet, ``untested`` those that cannot be tested.
    """

    name: str
    fault: Fault
    fails: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()


def different_servers(contract: Contract) -> Iterator[Different]:
    """The correct servers; new ones each time, because some keep state."""
    yield from _errors(contract)
    yield from _results()
    yield from _http(contract)
    for name, fault in (
        *busy_servers(),
        *servers_with_few_transports(),
        *varying_servers(),
        *servers_for_clients(),
    ):
        yield Different(name, fault)
    for found in (*servers_with_unusual_inputs(contract), *servers_with_limits()):
        yield Different(*found)
    yield from _lenient(contract)


def _errors(contract: Contract) -> Iterator[Different]:
    not_json = ("http.error.json",)
    forms: Mapping[str, tuple[Callable[[Response], Response], tuple[str, ...]]] = {
        "in FastAPI's form": (
            lambda r: respond(422, {"detail": [{"loc": ["body"], "msg": "no", "type": "missing"}]}),
            (),
        ),
        "in Portkey's form": (lambda r: respond(r.status, {"status": "failure", "message": "no"}), ()),
        "in the form of RFC 9457": (
            lambda r: respond(
                r.status, {"type": "about:blank", "title": "no"}, media_type="application/problem+json"
            ),
            (),
        ),
        "as plain text": (lambda r: respond(r.status, b"no", media_type="text/plain"), not_json),
        "without a body": (lambda r: respond(r.status, b"", media_type="text/plain"), not_json),
    }
    for form, (change, fails) in forms.items():
        yield Different(f"returns errors {form}", _changes(400, change), fails)
    yield Different(
        "returns 403 for missing credentials",
        _changes(401, lambda r: error(403)),
        untested=("auth.rejection.challenge",),
    )
    yield Different("returns 422 for invalid payloads", changes_status(400, 422))
    yield Different("returns its own authentication challenge", _changes(401, _with_challenge))
    yield Different("returns an HTML page for GET", html_for("GET"), fails=METHODS)
    yield Different(
        "redirects requests with other methods",
        _changes(405, _redirected),
        METHODS,
        ("http.method.allow",),
    )
    yield Different(
        "returns 413 for large bodies and closes the connection",
        _limits_bodies(3000 + 40 * max_texts(contract)),
        fails=("http.size.accepted",),
        untested=("meaning.batch.long",),
    )


def _results() -> Iterator[Different]:
    yield Different("returns additional properties", changes_result(_with_more))
    yield Different(
        "returns properties in reverse order", changes_result(lambda result, _: _reversed(result))
    )
    yield Different("returns pretty-printed JSON", _written(lambda result: json.dumps(result, indent=4)))
    yield Different(
        "returns JSON in ASCII", _written(lambda result: json.dumps({**result, "note": "\u6cb3"}))
    )
    yield Different("returns numbers with exponents", _renumbered(lambda number: f"{float(number):.8e}"))
    yield Different("returns numbers with six digits", _renumbered(lambda number: f"{float(number):.6f}"))
    yield Different("returns numbers with 17 digits", _renumbered(lambda number: f"{float(number):.17g}"))
    longer = changes_vectors(lambda vectors, _: [9 * vector for vector in vectors])
    yield Different("returns integers in vectors", changes_result(_rounded), NORMS)
    yield Different("returns vectors of another norm", longer, NORMS)
    yield Different("returns counts that end in .0", changes_result(_floating))
    yield Different(
        "returns a dated model name",
        changes_result(lambda result, _: {**result, "model": f"{result['model']}-2024-01"}),
    )
    reverse = changes_result(lambda result, _: result["data"].reverse())
    yield Different("returns items in another order", reverse, fails=("response.order",))
    yield Different(
        "rejects dimensions",
        rejects(lambda payload: type(payload.get("dimensions")) is int),
        untested=(
            "response.dimensions",
            "meaning.prefix",
            "meaning.requested-lengths",
            "state.cache.dimensions",
        ),
    )


def _http(contract: Contract) -> Iterator[Different]:
    requires_length = responds(lambda request: bool(request.header("transfer-encoding")), error(411))
    chunked = [r.label for r in load_client_requests().values() if r.is_chunked]
    untested = ("http.chunked", "http.trailer", *(f"http.client.{label}" for label in chunked))
    yield Different("requires Content-Length", requires_length, untested=untested)
    yield Different(
        "uses one model for all names",
        embeds(lambda payload: {**payload, "model": contract.example_model}),
        untested=("state.cache.models",),
    )
    yield Different("returns the public credentials of each request", _returns_public_values(contract))
    yield Different("returns gzip", _compressed("gzip", gzip.compress))
    yield Different("returns deflate", _compressed("deflate", zlib.compress))
    yield Different("closes the connection after each response", _with_headers(("connection", "close")))
    yield Different("returns chunked bodies", _with_headers(("content-length", None)))
    yield Different("returns a charset", _with_headers(("content-type", "Application/JSON; charset=UTF-8")))
    yield Different("returns headers of a proxy", _with_headers(("via", "1.1 proxy"), ("set-cookie", "a=b")))
    yield Different(
        "returns 404 for other methods",
        changes_status(405, 404),
        fails=METHODS,
        untested=("http.method.allow",),
    )
    yield Different("returns no Allow", sets_response_header("allow", None), fails=("http.method.allow",))
    yield Different(
        "returns 400 for other media types", changes_status(415, 400), fails=("http.media-type.status",)
    )


def _lenient(contract: Contract) -> Iterator[Different]:
    every = mutants(contract)
    for requirement in (
        "http.media-type.other",
        "request.input.strings.items.empty",
        "request.json.long-number",
        "request.json.trailing-data",
        "request.json.not-a-number",
    ):
        mutant = next(m for m in every.values() if m.breaks == requirement and "crashes" not in m.name)
        yield Different(mutant.name, mutant.fault, fails=(requirement,))
    yield Different(
        "uses the last of two inputs",
        changes_body(lambda b: _has_twice(b, b'"input":'), lambda b: json.dumps(json.loads(b)).encode()),
    )
    yield Different(
        "uses the last of two models",
        changes_body(lambda b: _has_twice(b, b'"model":'), lambda b: json.dumps(json.loads(b)).encode()),
    )
    yield Different(
        "ignores a byte order mark", changes_body(lambda b: b.startswith(BOM), lambda b: b[len(BOM) :])
    )


def _has_twice(body: bytes, name: bytes) -> bool:
    return body.count(name) == 2 and b"}{" not in body


def _changes(status: int, change: Callable[[Response], Response]) -> Fault:
    return changes_response(lambda request, response: response.status == status, change)


def _limits_bodies(limit: int) -> Fault:
    return responds(lambda request: len(request.body) > limit, error(413).with_header("connection", "close"))


def _with_challenge(response: Response) -> Response:
    return response.with_header("www-authenticate", 'Key realm="river"')


def _with_more(result: Any, _: object) -> None:
    result |= {"id": "embd-1", "created": 1700000000}
    result["usage"] |= {"prompt_tokens_details": {"cached_tokens": 0}, "cost": 0.1}
    for item in result["data"]:
        item["truncated"] = False


def _redirected(response: Response) -> Response:
    return (
        replace(response, status=303)
        .with_body(b"")
        .with_header("location", "/docs")
        .with_header("allow", None)
    )


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _rounded(result: Any, _: object) -> None:
    for item in result["data"]:
        vector = np.round(127 * decode(item["embedding"]))
        is_text = isinstance(item["embedding"], str)
        item["embedding"] = to_base64(vector) if is_text else [int(number) for number in vector]


def _floating(result: Any, _: object) -> None:
    result["usage"] = {name: float(number) for name, number in result["usage"].items()}
    for item in result["data"]:
        item["index"] = float(item["index"])


def _written(write: Callable[[Any], str]) -> Fault:
    return changes_result_body(lambda body: write(json.loads(body)).encode())


def _renumbered(write: Callable[[str], str]) -> Fault:
    number = re.compile(rb"-?\d+\.\d+(e-?\d+)?")
    return changes_result_body(lambda body: number.sub(lambda match: write(match[0].decode()).encode(), body))


def _compressed(coding: str, compress: Callable[[bytes], bytes]) -> Fault:
    """A server that compresses all responses to clients that accept *coding*."""

    def accepted(request: Request, _: Response) -> bool:
        codings = request.header("accept-encoding") or ""
        return coding in codings and f"{coding};q=0" not in codings

    return compresses(compress, coding, accepted)


def _returns_public_values(contract: Contract) -> Fault:
    names = [scheme.header for scheme in contract.security.schemes if not scheme.secret]

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        for name in names:
            response = response.with_header(name, request.header(name))
        return response

    return server


def _with_headers(*headers: tuple[str, str | None]) -> Fault:
    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        for name, value in headers:
            if name != "content-type" or response.status == 200:
                response = response.with_header(name, value)
        return response

    return server
