"""Correct servers whose good answers look unusual."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import replace
from functools import partial

import numpy as np
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference import create_app
from tests.zoo.alterations import altered_answers
from tests.zoo.asking import PROVIDER, Client, Unusual, ask, data, same, vectors
from tests.zoo.payloads import CONTRACT, Json, is_base64, read, write
from tests.zoo.tools import Call, Forward, Reply, around

BFLOAT16 = 2.0**-8
SCALE = 13.7
SINGLE_BYTES, PIECES = 64, 100


async def _decorated(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if not reply.good:
        return reply
    return replace(reply, body=await asyncio.to_thread(_decorate, reply.json))


def _decorate(answer: Json) -> bytes:
    """Pretty-printed, in another order, with more properties, and 17 digits and an exponent for each number."""
    shown = ",\n".join(_item(item) for item in answer["data"])
    details = {"cached_tokens": 0}
    usage = {"prompt_tokens_details": details, **answer["usage"]}
    rest = {"usage": usage, "created": 1_763_812_800, "model": answer["model"], "object": "list"}
    ends = json.dumps({"id": "embd-1", **rest}, indent=2)[1:]
    return f'{{\n  "data": [{shown}],{ends}\n'.encode()


def _item(item: Json) -> str:
    numbers = item["embedding"]
    digits = (f"{number:.16e}" for number in numbers if not isinstance(number, str))
    shown = json.dumps(numbers) if isinstance(numbers, str) else f"[{', '.join(digits)}]"
    return f'{{"index": {item["index"]}, "embedding": {shown}, "object": "embedding", "truncated": false}}'


async def _gzip_when_allowed(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    accepted = [part.replace(" ", "").lower() for part in (call.header("accept-encoding") or "").split(",")]
    if "gzip" not in accepted:
        return reply
    coded = (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")
    return replace(reply, body=gzip.compress(reply.body, 1), headers=(*reply.headers, *coded))


def _dribbling() -> ASGIApp:
    inner = create_app(CONTRACT)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def dribble(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message["headers"] if header[0] != b"content-length"]
                await send({**message, "headers": [*kept, (b"connection", b"close")]})
                return
            for piece in _pieces(message.get("body", b"")):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await inner(scope, receive, dribble if scope["type"] == "http" else send)

    return app


def _pieces(body: bytes) -> list[bytes]:
    size = max(1, len(body) // PIECES)
    start = [body[at : at + 1] for at in range(min(SINGLE_BYTES, len(body)))]
    return start + [body[at : at + size] for at in range(SINGLE_BYTES, len(body), size)]


def _add_noise(payload: Json, answer: Json) -> None:
    """Half a percent, as a batch that is computed in bfloat16 has it, and other noise each time."""
    random = np.random.default_rng()
    for item in answer["data"]:
        vector = read(item["embedding"])
        noisy = (vector * (1 + BFLOAT16 * random.uniform(-1, 1, len(vector)))).astype("<f4")
        rounded = (noisy.view("<u4") & np.uint32(0xFFFF0000)).view("<f4")
        item["embedding"] = write(rounded, as_base64=is_base64(payload))


def _scale(payload: Json, answer: Json) -> None:
    answer["model"] += "-v2"
    for item in answer["data"]:
        item["embedding"] = write(SCALE * read(item["embedding"]), as_base64=is_base64(payload))


def _turn_round(_payload: Json, answer: Json) -> None:
    answer["data"].reverse()


async def _shows_decoration(client: Client) -> bool:
    answer = await ask(client)
    return next(iter(answer.json())) == "data" and "id" in answer.json() and "e-02," in answer.text


async def _shows_gzip(client: Client) -> bool:
    coded = [
        (await ask(client, headers={**PROVIDER, "accept-encoding": accepted})).headers.get("content-encoding")
        for accepted in ("gzip", "identity")
    ]
    return coded == ["gzip", None]


async def _shows_dribble(client: Client) -> bool:
    answer = await ask(client)
    return "content-length" not in answer.headers and answer.headers.get("connection") == "close"


async def _shows_noise(client: Client) -> bool:
    (one,), (other,) = [await vectors(client) for _ in range(2)]
    return same(one, other) and not np.array_equal(one, other)


async def _shows_scale(client: Client) -> bool:
    answer = await ask(client, encoding_format="base64")
    vector = read(answer.json()["data"][0]["embedding"])
    return bool(vector @ vector > 100) and answer.json()["model"].endswith("-v2")


async def _shows_turn(client: Client) -> bool:
    found = await data(client, input=["one", "two"], dimensions=8)
    (alone,) = await vectors(client, input="one", dimensions=8)
    return found[0]["index"] == 1 and same(read(found[1]["embedding"]), alone)


FORMS = (
    Unusual(
        name="decorated",
        app_factory=partial(around, _decorated),
        oddity="Answers are pretty-printed, in another order, with more properties, and numbers have exponents.",
        shows=_shows_decoration,
    ),
    Unusual(
        name="gzip-when-allowed",
        app_factory=partial(around, _gzip_when_allowed),
        oddity="Answers are compressed for those who accept gzip.",
        shows=_shows_gzip,
    ),
    Unusual(
        name="dribbling",
        app_factory=_dribbling,
        oddity="Answers come in chunks, first byte by byte, and the connection closes after each.",
        shows=_shows_dribble,
    ),
    Unusual(
        name="noisy",
        app_factory=altered_answers(_add_noise, when=lambda payload: True),
        oddity="Vectors have the precision of bfloat16 and are never twice the same.",
        shows=_shows_noise,
    ),
    Unusual(
        name="not-of-length-one",
        app_factory=altered_answers(_scale, when=lambda payload: True),
        oddity="Vectors are 13.7 long, and the model's name has a version at its end.",
        shows=_shows_scale,
    ),
    Unusual(
        name="reversed",
        app_factory=altered_answers(_turn_round, when=lambda payload: True),
        oddity="The items of a batch come last first, each with its right index.",
        shows=_shows_turn,
    ),
)
