"""Correct servers with an unusual form of 200 responses."""

from __future__ import annotations

import asyncio
import gzip
import json

import numpy as np
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference import create_app
from tests.faulty_servers.embeddings import decode, encode, is_base64
from tests.faulty_servers.faults import changes_result
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import PROVIDER, Client, Unusual, ask, data, same, vectors
from tests.zoo.payloads import CONTRACT

BFLOAT16 = 2.0**-8
SCALE = 13.7
SINGLE_BYTES, PIECES = 64, 100


async def _pretty_printed(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if not response.ok:
        return response
    return response.with_body(await asyncio.to_thread(_print, response.payload()))


def _print(result: Payload) -> bytes:
    """Pretty-printed, in another order, with more properties, and with 17 digits and an exponent for each number."""
    shown = ",\n".join(_item(item) for item in result["data"])
    details = {"cached_tokens": 0}
    usage = {"prompt_tokens_details": details, **result["usage"]}
    rest = {"usage": usage, "created": 1_763_812_800, "model": result["model"], "object": "list"}
    ends = json.dumps({"id": "embd-1", **rest}, indent=2)[1:]
    return f'{{\n  "data": [{shown}],{ends}\n'.encode()


def _item(item: Payload) -> str:
    numbers = item["embedding"]
    digits = (f"{number:.16e}" for number in numbers if not isinstance(number, str))
    shown = json.dumps(numbers) if isinstance(numbers, str) else f"[{', '.join(digits)}]"
    return f'{{"index": {item["index"]}, "embedding": {shown}, "object": "embedding", "truncated": false}}'


async def _gzip_when_allowed(request: Request, correct: Server) -> Response:
    response = await correct(request)
    accepted = [
        part.replace(" ", "").lower() for part in (request.header("accept-encoding") or "").split(",")
    ]
    if "gzip" not in accepted:
        return response
    compressed = response.with_body(gzip.compress(response.body, 1))
    return compressed.with_header("content-encoding", "gzip").with_header("vary", "accept-encoding")


def _slow_chunks() -> ASGIApp:
    inner = create_app(CONTRACT)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_chunks(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message["headers"] if header[0] != b"content-length"]
                await send({**message, "headers": [*kept, (b"connection", b"close")]})
                return
            for piece in _pieces(message.get("body", b"")):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await inner(scope, receive, send_in_chunks if scope["type"] == "http" else send)

    return app


def _pieces(body: bytes) -> list[bytes]:
    size = max(1, len(body) // PIECES)
    start = [body[at : at + 1] for at in range(min(SINGLE_BYTES, len(body)))]
    return start + [body[at : at + size] for at in range(SINGLE_BYTES, len(body), size)]


def _add_noise(result: Payload, payload: Payload) -> None:
    """Add different noise each time: half a percent, as in batches that are computed in bfloat16."""
    random = np.random.default_rng()
    for item in result["data"]:
        vector = decode(item["embedding"])
        noisy = (vector * (1 + BFLOAT16 * random.uniform(-1, 1, len(vector)))).astype("<f4")
        rounded = (noisy.view("<u4") & np.uint32(0xFFFF0000)).view("<f4")
        item["embedding"] = encode(rounded, as_base64=is_base64(payload))


def _scale(result: Payload, payload: Payload) -> None:
    result["model"] += "-v2"
    for item in result["data"]:
        item["embedding"] = encode(SCALE * decode(item["embedding"]), as_base64=is_base64(payload))


def _reverse(result: Payload, _payload: Payload) -> None:
    result["data"].reverse()


async def _shows_format(client: Client) -> bool:
    response = await ask(client)
    return next(iter(response.json())) == "data" and "id" in response.json() and "e-02," in response.text


async def _shows_gzip(client: Client) -> bool:
    coded = [
        (await ask(client, headers={**PROVIDER, "accept-encoding": accepted})).headers.get("content-encoding")
        for accepted in ("gzip", "identity")
    ]
    return coded == ["gzip", None]


async def _shows_chunks(client: Client) -> bool:
    response = await ask(client)
    return "content-length" not in response.headers and response.headers.get("connection") == "close"


async def _shows_noise(client: Client) -> bool:
    (one,), (other,) = [await vectors(client) for _ in range(2)]
    return same(one, other) and not np.array_equal(one, other)


async def _shows_scale(client: Client) -> bool:
    response = await ask(client, encoding_format="base64")
    vector = decode(response.json()["data"][0]["embedding"])
    return bool(vector @ vector > 100) and response.json()["model"].endswith("-v2")


async def _shows_reversal(client: Client) -> bool:
    found = await data(client, input=["one", "two"], dimensions=8)
    (alone,) = await vectors(client, input="one", dimensions=8)
    return found[0]["index"] == 1 and same(decode(found[1]["embedding"]), alone)


FORMS = (
    Unusual(
        name="pretty-printed",
        app_factory=with_fault(_pretty_printed),
        oddity="Responses are pretty-printed, in another order, with more properties, and numbers have exponents.",
        shows=_shows_format,
    ),
    Unusual(
        name="gzip-when-allowed",
        app_factory=with_fault(_gzip_when_allowed),
        oddity="Responses are compressed for clients that accept gzip.",
        shows=_shows_gzip,
    ),
    Unusual(
        name="slow-chunks",
        app_factory=_slow_chunks,
        oddity="Responses are chunked, the first chunks have one byte each, and the connection is closed afterwards.",
        shows=_shows_chunks,
    ),
    Unusual(
        name="noisy",
        app_factory=with_fault(changes_result(_add_noise)),
        oddity="Vectors have the precision of bfloat16 and differ each time.",
        shows=_shows_noise,
    ),
    Unusual(
        name="not-normalized",
        app_factory=with_fault(changes_result(_scale)),
        oddity="Vectors have the norm 13.7, and the name of the model ends with a version.",
        shows=_shows_scale,
    ),
    Unusual(
        name="reversed",
        app_factory=with_fault(changes_result(_reverse)),
        oddity="The items of a batch are in reverse order, each with its correct index.",
        shows=_shows_reversal,
    ),
)
