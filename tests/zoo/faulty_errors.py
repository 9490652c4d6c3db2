"""Servers with one fault in how they refuse."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import orjson

from tests.zoo.asking import Client, Faulty, ask, hangs_up, send
from tests.zoo.payloads import CREDENTIALS
from tests.zoo.tools import Call, Forward, Reply, around, error

HANG_SECONDS = 3.0
STACK = """<!DOCTYPE html><html><head><title>Error</title></head><body><pre>SyntaxError: Unexpected token in JSON
    at JSON.parse (&lt;anonymous&gt;)
    at parse (/app/node_modules/body-parser/lib/types/json.js:92:19)
    at /app/node_modules/body-parser/lib/read.js:128:18</pre></body></html>"""


async def _error_with_200(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.code != "model_not_found":
        return reply
    message = reply.json["error"]["message"]
    wrong = {"object": "error", "message": message, "type": "NotFoundError", "param": None, "code": 404}
    return Reply(HTTPStatus.OK, orjson.dumps(wrong))


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


async def _stack_trace(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.status != HTTPStatus.BAD_REQUEST or _is_json(call.body):
        return reply
    return Reply(reply.status, STACK.encode(), ((b"content-type", b"text/html; charset=utf-8"),))


async def _crash_without_object(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.status != HTTPStatus.BAD_REQUEST or not _is_json(call.body):
        return reply
    return reply if isinstance(json.loads(call.body), dict) else error(500, "Internal server error")


async def _tell_the_key(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.code != "model_not_found":
        return reply
    told = reply.json
    told["error"]["message"] += f" It is not one of the key {call.header('x-portkey-api-key')}."
    return reply.with_json(told)


async def _redirect_to_login(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.status != HTTPStatus.UNAUTHORIZED:
        return reply
    return Reply(HTTPStatus.FOUND, b"", ((b"location", b"/login"),))


async def _hang_on_empty_tokens(call: Call, forward: Forward) -> Reply:
    reply, value = await forward(call), call.payload.get("input")
    if reply.status == HTTPStatus.BAD_REQUEST and isinstance(value, list) and [] in value:
        await asyncio.sleep(HANG_SECONDS)
        return replace(error(500, "Time is up."), cut=True)
    return reply


async def _shows_200(client: Client) -> bool:
    answer = await ask(client, model="no-such-model")
    return answer.status_code == 200 and "data" not in answer.json()


async def _shows_stack(client: Client) -> bool:
    return "body-parser" in (await send(client, b'{"input": ')).text


async def _shows_crash(client: Client) -> bool:
    return [(await send(client, content)).status_code for content in (b"[]", b'"x"', b"null")] == [500] * 3


async def _shows_key(client: Client) -> bool:
    return CREDENTIALS["Portkey-Key"] in (await ask(client, model="no-such-model")).text


async def _shows_redirect(client: Client) -> bool:
    return (await ask(client, headers={})).is_redirect


async def _shows_hang(client: Client) -> bool:
    started = asyncio.get_running_loop().time()
    ended = await hangs_up(client, input=[[]])
    return ended and asyncio.get_running_loop().time() - started > HANG_SECONDS - 0.1


ERRORS = (
    Faulty(
        name="error-with-200",
        app_factory=partial(around, _error_with_200),
        fault="A model that does not exist gets an error object with status 200.",
        bugs=("runpod-workers/worker-vllm#57", "zosmaai/pi-llm-wiki#103"),
        level="must",
        shows=_shows_200,
    ),
    Faulty(
        name="html-with-stack-trace",
        app_factory=partial(around, _stack_trace),
        fault="Malformed JSON gets a page of HTML with a stack trace.",
        bugs=("elizaOS/eliza#10111", "maximhq/bifrost#2288", "maximhq/bifrost#2496"),
        level="should",
        shows=_shows_stack,
    ),
    Faulty(
        name="crash-without-object",
        app_factory=partial(around, _crash_without_object),
        fault="JSON that is no object gets a 500.",
        bugs=("elizaOS/eliza#10111", "seen: LiteLLM"),
        level="must",
        shows=_shows_crash,
    ),
    Faulty(
        name="key-told-in-404",
        app_factory=partial(around, _tell_the_key),
        fault="The error for a model that does not exist repeats the caller's API key.",
        bugs=("tinyhumansai/openhuman#5116",),
        level="should",
        shows=_shows_key,
    ),
    Faulty(
        name="redirect-to-login",
        app_factory=partial(around, _redirect_to_login),
        fault="Missing or wrong credentials get a redirect to a page to log in.",
        bugs=("OpenRouterTeam/openrouter-examples#29", "Portkey-AI/gateway#344"),
        level="must",
        shows=_shows_redirect,
    ),
    Faulty(
        name="hang-on-empty-tokens",
        app_factory=partial(around, _hang_on_empty_tokens),
        fault="An empty array of tokens in a batch gets no answer for 3 seconds, then the connection ends.",
        bugs=("lmstudio-ai/lmstudio-bug-tracker#7", "seen: Portkey, targets: []"),
        level="must",
        shows=_shows_hang,
    ),
)
