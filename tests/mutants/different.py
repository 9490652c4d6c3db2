"""Servers that are right, each in a way of its own: nobody may fail them.

Where one leaves a SHOULD, that is said.
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
from tests.mutants.asgi import Call, Fault, Reply, Serve, error, reply
from tests.mutants.busy import busy_servers
from tests.mutants.embedding import embeds, most_texts, read, revector
from tests.mutants.http import page_on
from tests.mutants.malformed import BOM
from tests.mutants.mutant import accepts_bodies, answers, instead, refuses, replies, writes
from tests.mutants.vectors import pack
from tests.mutants.zoo import mutants

METHODS = ("http.method.status",)
NORMS = ("meaning.unit-length",)


@dataclass(frozen=True)
class Different:
    """A correct server. ``leaves`` are the SHOULDs that it does not keep, ``untested`` what it lets nobody test."""

    name: str
    fault: Fault
    leaves: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()


def different_servers(contract: Contract) -> Iterator[Different]:
    """The correct servers, fresh ones each time."""
    yield from _refusals(contract)
    yield from _answers()
    yield from _http(contract)
    for name, fault in busy_servers():
        yield Different(name, fault)
    yield from _lenient(contract)


def _refusals(contract: Contract) -> Iterator[Different]:
    shapes: Mapping[str, Callable[[Reply], Reply]] = {
        "FastAPI's": lambda r: reply(422, {"detail": [{"loc": ["body"], "msg": "no", "type": "missing"}]}),
        "Portkey's": lambda r: reply(r.status, {"status": "failure", "message": "no"}),
        "RFC 9457's": lambda r: reply(
            r.status, {"type": "about:blank", "title": "no"}, media_type="application/problem+json"
        ),
        "a plain text's": lambda r: reply(r.status, b"no", media_type="text/plain"),
        "no": lambda r: reply(r.status, b"", media_type="text/plain"),
    }
    for shape, change in shapes.items():
        leaves = () if shape[0].isupper() else ("http.error.json",)
        yield Different(
            f"errors have {shape} shape", replies(lambda call, r: r.status == 400, change), leaves
        )
    yield Different("403 for strangers", _forbids, untested=("auth.rejection.challenge",))
    yield Different("422 for what is invalid", instead(400, 422))
    yield Different("a challenge of its own", _challenges)
    yield Different("a page for who asks with GET", page_on("GET"), leaves=METHODS)
    yield Different(
        "a redirect for what is not served", replies(_is_405, _elsewhere), METHODS, ("http.method.allow",)
    )
    yield Different("413 before the body is read", _closes_early(beyond=3000 + 40 * most_texts(contract)))


def _answers() -> Iterator[Different]:
    yield Different("more properties", answers(_with_more))
    yield Different("properties in reverse order", answers(lambda answer, _: _reversed(answer)))
    yield Different("pretty-printed", _written(lambda answer: json.dumps(answer, indent=4)))
    yield Different("ASCII alone", _written(lambda answer: json.dumps({**answer, "note": "\u6cb3"})))
    yield Different("numbers with exponents", _renumbered(lambda number: f"{float(number):.8e}"))
    yield Different("numbers of six digits", _renumbered(lambda number: f"{float(number):.6f}"))
    yield Different("numbers of 17 digits", _renumbered(lambda number: f"{float(number):.17g}"))
    longer = revector(lambda vectors, _: [9 * vector for vector in vectors])
    yield Different("whole numbers", answers(_rounded), NORMS)
    yield Different("vectors of another norm", longer, NORMS)
    yield Different("counts that end in .0", answers(_floating))
    yield Different(
        "a dated model", answers(lambda answer, _: {**answer, "model": f"{answer['model']}-2024-01"})
    )
    reverse = answers(lambda answer, _: answer["data"].reverse())
    yield Different("items in another order", reverse, leaves=("response.order",))
    uncounted = ("response.usage.counted", "response.usage.grows")
    yield Different("no count of tokens", answers(_uncounted), uncounted)
    yield Different(
        "a model without dimensions",
        refuses(lambda payload: type(payload.get("dimensions")) is int),
        untested=("response.dimensions", "meaning.prefix", "state.cache.dimensions"),
    )


def _http(contract: Contract) -> Iterator[Different]:
    yield Different("a length that has to be named", _wants_length, untested=("http.chunked",))
    yield Different(
        "one model behind all names",
        embeds(lambda payload: {**payload, "model": contract.example_model}),
        untested=("state.cache.models",),
    )
    yield Different("gzip", _packed("gzip", gzip.compress))
    yield Different("deflate", _packed("deflate", zlib.compress))
    yield Different("a connection for each request", _with_headers(("connection", "close")))
    yield Different("answers in chunks", _with_headers(("content-length", None)))
    yield Different("a charset", _with_headers(("content-type", "Application/JSON; charset=UTF-8")))
    yield Different("headers of a proxy", _with_headers(("via", "1.1 proxy"), ("set-cookie", "a=b")))
    yield Different(
        "404 for other methods",
        instead(405, 404),
        leaves=METHODS,
        untested=("http.method.allow",),
    )
    yield Different("no Allow", _without_allow, leaves=("http.method.allow",))
    yield Different("400 for other media types", instead(415, 400), leaves=("http.media-type.status",))


def _lenient(contract: Contract) -> Iterator[Different]:
    every = mutants(contract)
    for requirement in (
        "http.media-type.other",
        "request.input.strings.items.empty",
        "request.json.long-number",
        "request.json.trailing-data",
        "request.json.not-a-number",
        "request.json.duplicate-key",
    ):
        mutant = next(m for m in every.values() if m.breaks == requirement and "crashes" not in m.name)
        yield Different(mutant.name, mutant.fault, leaves=(requirement,))
    yield Different(
        "ignores a byte order mark", accepts_bodies(lambda b: b.startswith(BOM), lambda b: b[len(BOM) :])
    )


async def _forbids(call: Call, correct: Serve) -> Reply:
    answer = await correct(call)
    return error(403) if answer.status == 401 else answer


def _closes_early(beyond: int) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        if len(call.body) > beyond:
            return error(413).with_header("connection", "close")
        return await correct(call)

    return serve


async def _challenges(call: Call, correct: Serve) -> Reply:
    answer = await correct(call)
    return answer.with_header("www-authenticate", 'Key realm="river"') if answer.status == 401 else answer


async def _without_allow(call: Call, correct: Serve) -> Reply:
    return (await correct(call)).with_header("allow", None)


def _with_more(answer: Any, _: object) -> None:
    answer |= {"id": "embd-1", "created": 1700000000}
    answer["usage"] |= {"prompt_tokens_details": {"cached_tokens": 0}, "cost": 0.1}
    for item in answer["data"]:
        item["truncated"] = False


async def _wants_length(call: Call, correct: Serve) -> Reply:
    return error(411) if call.header("transfer-encoding") else await correct(call)


def _is_405(_: Call, answer: Reply) -> bool:
    return answer.status == 405


def _elsewhere(answer: Reply) -> Reply:
    return (
        replace(answer, status=303).with_body(b"").with_header("location", "/docs").with_header("allow", None)
    )


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _rounded(answer: Any, _: object) -> None:
    for item in answer["data"]:
        vector = np.round(127 * read(item["embedding"]))
        is_text = isinstance(item["embedding"], str)
        item["embedding"] = pack(vector.astype("<f4")) if is_text else [int(number) for number in vector]


def _floating(answer: Any, _: object) -> None:
    answer["usage"] = {name: float(number) for name, number in answer["usage"].items()}
    for item in answer["data"]:
        item["index"] = float(item["index"])


def _uncounted(answer: Any, _: object) -> None:
    answer["usage"] = {"prompt_tokens": 0, "total_tokens": 0}


def _written(write: Callable[[Any], str]) -> Fault:
    return writes(lambda body: write(json.loads(body)).encode())


def _renumbered(write: Callable[[str], str]) -> Fault:
    number = re.compile(rb"-?\d+\.\d+(e-?\d+)?")
    return writes(lambda body: number.sub(lambda match: write(match[0].decode()).encode(), body))


def _packed(coding: str, pack: Callable[[bytes], bytes]) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        asked = call.header("accept-encoding") or ""
        if coding not in asked or f"{coding};q=0" in asked:
            return answer
        return answer.with_body(pack(answer.body)).with_header("content-encoding", coding)

    return serve


def _with_headers(*headers: tuple[str, str | None]) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        for name, value in headers:
            if name != "content-type" or answer.status == 200:
                answer = answer.with_header(name, value)
        return answer

    return serve
