"""Correct servers with unusual manners: how they refuse, how much they take, how long it takes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from tests.zoo.asking import Client, Unusual, ask, status
from tests.zoo.payloads import is_batch
from tests.zoo.tools import JSON_TYPE, Call, Forward, Reply, around, error

VOCABULARY = 2**18
OWN_MODEL = "text-embedding-3-small"
BYTE_ORDER_MARK = "\ufeff".encode()
SPECIAL_TOKEN = re.compile(r"<\|\w+\|>")
MAX_ITEMS = 2048
EVERY = 20
SLOW_SECONDS = 0.2


async def _fastapi_errors(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.good:
        return reply
    fault = reply.json["error"]
    if reply.status == 401:
        return Reply(403, b'{"detail":"Not authenticated"}', (JSON_TYPE,))
    if reply.status == 400:
        place = ["body", fault["param"]] if fault["param"] else ["body"]
        detail = [{"type": "value_error", "loc": place, "msg": fault["message"]}]
        return replace(reply.with_json({"detail": detail}), status=422)
    return reply.with_json({"detail": fault["message"]})


async def _vllm_errors(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    others = [header for header in reply.headers if header[0] != b"content-type"]
    typed = replace(reply, headers=((b"content-type", b"application/json; charset=utf-8"), *others))
    if reply.good:
        return typed
    fault = reply.json["error"]
    wrong = {"object": "error", "message": fault["message"], "type": "BadRequestError", "param": None}
    return typed.with_json({**wrong, "code": reply.status})


def _rate_limited() -> ASGIApp:
    count = 0

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal count
        count += 1
        if count % EVERY == 0:
            refusal = error(429, "Rate limit reached.", "rate_limit_exceeded")
            return replace(refusal, headers=(*refusal.headers, (b"retry-after", b"1")))
        return await forward(call)

    return around(handler)


async def _slow(call: Call, forward: Forward) -> Reply:
    await asyncio.sleep(SLOW_SECONDS)
    return await forward(call)


async def _lenient(call: Call, forward: Forward) -> Reply:
    bare = call.with_body(call.body[3:]) if call.body.startswith(BYTE_ORDER_MARK) else call
    reply = await forward(bare)
    if reply.code not in ("model_not_found", "unknown_token", "invalid_unicode"):
        return reply
    payload = bare.payload
    known = payload["model"] if reply.code != "model_not_found" else OWN_MODEL
    changed = {**payload, "model": known, "input": _within_reach(payload["input"])}
    return await forward(bare.with_payload(changed))


def _within_reach(value: Any) -> Any:
    """Ids modulo the vocabulary, and a replacement character for half a surrogate pair."""
    if isinstance(value, list):
        return [_within_reach(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value % VOCABULARY


async def _strict_old_model(call: Call, forward: Forward) -> Reply:
    if call.scope["method"] == "HEAD":
        return error(404, "Nothing is served at this path.")
    reply, payload = await forward(call), call.payload
    if not reply.good:
        return reply
    texts = payload["input"] if is_batch(payload) else [payload["input"]]
    if "dimensions" in payload:
        return error(400, "This model does not support dimensions.", "dimensions_not_supported")
    if any(SPECIAL_TOKEN.search(text) or not text.strip() for text in texts if isinstance(text, str)):
        return error(400, "Special tokens and blank texts are not allowed.", "invalid_text")
    if any(len(text) > MAX_ITEMS for text in texts if isinstance(text, list)):
        return error(400, "A text may have 2048 tokens.", "context_length_exceeded")
    return reply


async def _shows_detail(client: Client) -> bool:
    refused = await ask(client, dimensions=0)
    statuses = [refused.status_code, await status(client, headers={})]
    return statuses == [422, 403] and "detail" in refused.json()


async def _shows_flat_error(client: Client) -> bool:
    return bool((await ask(client, dimensions=0)).json().get("object") == "error")


async def _shows_limit(client: Client) -> bool:
    return [await status(client, dimensions=1) for _ in range(EVERY + 1)] == [200] * (EVERY - 1) + [429, 200]


async def _shows_slowness(client: Client) -> bool:
    started = asyncio.get_running_loop().time()
    await ask(client)
    return asyncio.get_running_loop().time() - started >= SLOW_SECONDS


async def _shows_leniency(client: Client) -> bool:
    changes = ({"input": [-1]}, {"input": "half \ud83d"}, {"model": "gpt-4o"})
    return [await status(client, **change) for change in changes] == [200, 200, 200]


async def _shows_strictness(client: Client) -> bool:
    changes = ({"dimensions": 8}, {"input": "<|endoftext|>"}, {"input": " "}, {"input": [[1] * 2049]})
    return [await status(client, **change) for change in changes] == [400] * 4


MANNERS = (
    Unusual(
        name="errors-like-fastapi",
        app_factory=partial(around, _fastapi_errors),
        oddity="Invalid payloads get 422 and wrong credentials 403, and errors are a `detail`.",
        shows=_shows_detail,
    ),
    Unusual(
        name="errors-like-vllm",
        app_factory=partial(around, _vllm_errors),
        oddity="Errors have no object `error`, and each media type names a charset.",
        shows=_shows_flat_error,
    ),
    Unusual(
        name="rate-limited",
        app_factory=_rate_limited,
        oddity="Every 20th request gets 429 with Retry-After: 1.",
        shows=_shows_limit,
    ),
    Unusual(
        name="slow",
        app_factory=partial(around, _slow),
        oddity="Each answer takes 0.2 seconds.",
        shows=_shows_slowness,
    ),
    Unusual(
        name="lenient",
        app_factory=partial(around, _lenient),
        oddity="Unknown models and tokens, half surrogate pairs and a byte order mark are taken.",
        shows=_shows_leniency,
    ),
    Unusual(
        name="strict-old-model",
        app_factory=partial(around, _strict_old_model),
        oddity="dimensions, special tokens, blank texts and long arrays of tokens are refused, and HEAD gets 404.",
        shows=_shows_strictness,
    ),
)
