"""Correct servers with unusual errors, limits or response times."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_fault, with_new_fault
from tests.zoo.asking import Client, Unusual, ask, status
from tests.zoo.payloads import is_batch

VOCABULARY = 2**18
OWN_MODEL = "text-embedding-3-small"
BYTE_ORDER_MARK = "\ufeff".encode()
SPECIAL_TOKEN = re.compile(r"<\|\w+\|>")
MAX_ITEMS = 2048
EVERY = 20
SLOW_SECONDS = 0.2


async def _fastapi_errors(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.ok:
        return response
    fields = response.payload()["error"]
    if response.status == 401:
        return respond(403, {"detail": "Not authenticated"})
    if response.status == 400:
        place = ["body", fields["param"]] if fields["param"] else ["body"]
        detail = [{"type": "value_error", "loc": place, "msg": fields["message"]}]
        return replace(response.with_payload({"detail": detail}), status=422)
    return response.with_payload({"detail": fields["message"]})


async def _vllm_errors(request: Request, correct: Server) -> Response:
    response = await correct(request)
    typed = response.with_header("content-type", "application/json; charset=utf-8")
    if response.ok:
        return typed
    fields = response.payload()["error"]
    wrong = {"object": "error", "message": fields["message"], "type": "BadRequestError", "param": None}
    return typed.with_payload({**wrong, "code": response.status})


def _rate_limited() -> Fault:
    count = 0

    async def server(request: Request, correct: Server) -> Response:
        nonlocal count
        count += 1
        if count % EVERY == 0:
            return error(429, "Rate limit reached.", "rate_limit_exceeded").with_header("retry-after", "1")
        return await correct(request)

    return server


async def _slow(request: Request, correct: Server) -> Response:
    await asyncio.sleep(SLOW_SECONDS)
    return await correct(request)


async def _lenient(request: Request, correct: Server) -> Response:
    bare = request.with_body(request.body[3:]) if request.body.startswith(BYTE_ORDER_MARK) else request
    response = await correct(bare)
    if response.error_code not in ("model_not_found", "unknown_token", "invalid_unicode"):
        return response
    payload = bare.json_object
    known = payload["model"] if response.error_code != "model_not_found" else OWN_MODEL
    changed = {**payload, "model": known, "input": _replace_unknown(payload["input"])}
    return await correct(bare.with_payload(changed))


def _replace_unknown(value: Any) -> Any:
    """Replace unknown ids by their remainder, and lone surrogates by the replacement character."""
    if isinstance(value, list):
        return [_replace_unknown(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value % VOCABULARY


async def _strict_old_model(request: Request, correct: Server) -> Response:
    if request.method == "HEAD":
        return error(404, "Nothing is served at this path.")
    response, payload = await correct(request), request.json_object
    if not response.ok:
        return response
    texts = payload["input"] if is_batch(payload) else [payload["input"]]
    if "dimensions" in payload:
        return error(400, "This model does not support dimensions.", "dimensions_not_supported")
    if any(SPECIAL_TOKEN.search(text) or not text.strip() for text in texts if isinstance(text, str)):
        return error(400, "Special tokens and whitespace texts are not allowed.", "invalid_text")
    if any(len(text) > MAX_ITEMS for text in texts if isinstance(text, list)):
        return error(400, "A text may have 2048 tokens.", "context_length_exceeded")
    return response


async def _shows_detail(client: Client) -> bool:
    rejected = await ask(client, dimensions=0)
    statuses = [rejected.status_code, await status(client, headers={})]
    return statuses == [422, 403] and "detail" in rejected.json()


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


BEHAVIORS = (
    Unusual(
        name="errors-like-fastapi",
        app_factory=with_fault(_fastapi_errors),
        oddity="Invalid payloads return 422, wrong credentials 403, and errors have only the property `detail`.",
        shows=_shows_detail,
    ),
    Unusual(
        name="errors-like-vllm",
        app_factory=with_fault(_vllm_errors),
        oddity="Errors have no property `error`, and each media type has a charset.",
        shows=_shows_flat_error,
    ),
    Unusual(
        name="rate-limited",
        app_factory=with_new_fault(_rate_limited),
        oddity="Every 20th request returns 429 with Retry-After: 1.",
        shows=_shows_limit,
    ),
    Unusual(
        name="slow",
        app_factory=with_fault(_slow),
        oddity="Each response takes 0.2 seconds.",
        shows=_shows_slowness,
    ),
    Unusual(
        name="lenient",
        app_factory=with_fault(_lenient),
        oddity="Unknown models and tokens, lone surrogates and a byte order mark are accepted.",
        shows=_shows_leniency,
    ),
    Unusual(
        name="strict-old-model",
        app_factory=with_fault(_strict_old_model),
        oddity="dimensions, special tokens, whitespace texts and long token arrays are rejected; HEAD returns 404.",
        shows=_shows_strictness,
    ),
)
