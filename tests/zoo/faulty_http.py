"""Servers with one fault in how they speak HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from tests.zoo.asking import PLAIN, PROVIDER, Client, Faulty, ask, hangs_up, send
from tests.zoo.payloads import is_base64, texts_of
from tests.zoo.tools import JSON_TYPE, Call, Forward, Reply, around, error

LARGE_BATCH = 1024


async def _gzip_always(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if not reply.good:
        return reply
    packed = gzip.compress(reply.body, 1)
    return replace(reply, body=packed, headers=(*reply.headers, (b"content-encoding", b"gzip")))


async def _fail_preflight(call: Call, forward: Forward) -> Reply:
    asks_leave = call.scope["method"] == "OPTIONS" and call.header("access-control-request-method")
    return error(500, "Internal server error") if asks_leave else await forward(call)


async def _need_length(call: Call, forward: Forward) -> Reply:
    return await forward(call if call.header("content-length") is not None else Call(call.scope, b""))


async def _base64_as_text(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if not reply.good or not is_base64(call.payload):
        return reply
    return replace(reply, headers=((b"content-type", b"text/plain; charset=utf-8"),))


async def _answer_get(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.code == "method_not_allowed" and call.scope["method"] == "GET":
        return Reply(200, b'{"status":"ok"}', (JSON_TYPE,))
    return reply


async def _cut_large_answers(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    return replace(reply, cut=reply.good and len(texts_of(call.payload)) > LARGE_BATCH)


async def _shows_gzip(client: Client) -> bool:
    answer = await ask(client, headers={**PROVIDER, "accept-encoding": "identity"})
    return bool(answer.headers.get("content-encoding") == "gzip")


async def _shows_preflight(client: Client) -> bool:
    asked = {"origin": "https://example.org", "access-control-request-method": "POST"}
    return (await client.options("/embeddings", headers=asked)).status_code == 500


async def _shows_chunks(client: Client) -> bool:
    async def parts() -> AsyncIterator[bytes]:
        content = json.dumps(PLAIN).encode()
        yield content[:10]
        yield content[10:]

    return (await send(client, parts())).status_code == 400


async def _shows_text(client: Client) -> bool:
    answer = await ask(client, encoding_format="base64")
    return str(answer.headers["content-type"]).startswith("text/plain")


async def _shows_get(client: Client) -> bool:
    return (await send(client, b"", method="GET")).status_code == 200


async def _shows_cut(client: Client) -> bool:
    return await hangs_up(client, input=["a"] * 1025, dimensions=1)


HTTP = (
    Faulty(
        name="gzip-always",
        app_factory=partial(around, _gzip_always),
        fault="Answers are compressed with gzip even for those who accept identity alone.",
        bugs=("Portkey-AI/gateway#398", "Portkey-AI/gateway#1262"),
        level="should",
        shows=_shows_gzip,
    ),
    Faulty(
        name="preflight-fails",
        app_factory=partial(around, _fail_preflight),
        fault="The preflight of a browser gets a 500.",
        bugs=("huggingface/text-embeddings-inference#260",),
        level="should",
        shows=_shows_preflight,
    ),
    Faulty(
        name="chunks-not-read",
        app_factory=partial(around, _need_length),
        fault="A body in chunks, without Content-Length, counts as empty and is refused.",
        bugs=("elizaOS/eliza#10111", "contract: requestBody"),
        level="should",
        shows=_shows_chunks,
    ),
    Faulty(
        name="base64-as-text",
        app_factory=partial(around, _base64_as_text),
        fault="Answers in base64 are declared as text/plain.",
        bugs=("envoyproxy/ai-gateway#967", "contract: responses.200.content"),
        level="must",
        shows=_shows_text,
    ),
    Faulty(
        name="get-answered",
        app_factory=partial(around, _answer_get),
        fault="GET is answered with 200 and a status.",
        bugs=("OpenRouterTeam/openrouter-examples#29", "seen: LitServe"),
        level="should",
        shows=_shows_get,
    ),
    Faulty(
        name="large-answers-cut",
        app_factory=partial(around, _cut_large_answers),
        fault="The connection ends in the middle of an answer with more than 1024 vectors.",
        bugs=("ggml-org/llama.cpp#11411", "QuantumNous/new-api#1400"),
        level="must",
        shows=_shows_cut,
    ),
)
