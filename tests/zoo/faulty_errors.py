"""Servers with one fault in error responses."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus

from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import Client, Faulty, ask, hangs_up, send
from tests.zoo.payloads import CREDENTIALS

HANG_SECONDS = 3.0
STACK = """<!DOCTYPE html><html><head><title>Error</title></head><body><pre>SyntaxError: Unexpected token in JSON
    at JSON.parse (&lt;anonymous&gt;)
    at parse (/app/node_modules/body-parser/lib/types/json.js:92:19)
    at /app/node_modules/body-parser/lib/read.js:128:18</pre></body></html>"""


async def _error_with_200(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.error_code != "model_not_found":
        return response
    message = response.payload()["error"]["message"]
    wrong = {"object": "error", "message": message, "type": "NotFoundError", "param": None, "code": 404}
    return respond(HTTPStatus.OK, wrong)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


async def _stack_trace(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.status != HTTPStatus.BAD_REQUEST or _is_json(request.body):
        return response
    return respond(response.status, STACK.encode(), media_type="text/html; charset=utf-8")


async def _crash_on_non_object(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.status != HTTPStatus.BAD_REQUEST or not _is_json(request.body):
        return response
    return response if isinstance(json.loads(request.body), dict) else error(500, "Internal server error")


async def _repeat_the_key(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.error_code != "model_not_found":
        return response
    payload = response.payload()
    payload["error"]["message"] += f" The API key was {request.header('x-portkey-api-key')}."
    return response.with_payload(payload)


async def _redirect_to_login(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.status != HTTPStatus.UNAUTHORIZED:
        return response
    return respond(HTTPStatus.FOUND, b"").with_header("location", "/login")


async def _hang_on_empty_tokens(request: Request, correct: Server) -> Response:
    response, value = await correct(request), request.json_object.get("input")
    if response.status == HTTPStatus.BAD_REQUEST and isinstance(value, list) and [] in value:
        await asyncio.sleep(HANG_SECONDS)
        return replace(error(500, "Time is up."), truncated=True)
    return response


async def _shows_200(client: Client) -> bool:
    response = await ask(client, model="no-such-model")
    return response.status_code == 200 and "data" not in response.json()


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
        app_factory=with_fault(_error_with_200),
        fault="An unknown model returns an error object with status 200.",
        bugs=("runpod-workers/worker-vllm#57", "zosmaai/pi-llm-wiki#103"),
        level="must",
        shows=_shows_200,
    ),
    Faulty(
        name="html-with-stack-trace",
        app_factory=with_fault(_stack_trace),
        fault="Malformed JSON returns an HTML page with a stack trace.",
        bugs=("elizaOS/eliza#10111", "maximhq/bifrost#2288", "maximhq/bifrost#2496"),
        level="should",
        shows=_shows_stack,
    ),
    Faulty(
        name="crash-on-non-object",
        app_factory=with_fault(_crash_on_non_object),
        fault="JSON that is not an object causes a 500.",
        bugs=("elizaOS/eliza#10111", "seen: LiteLLM"),
        level="must",
        shows=_shows_crash,
    ),
    Faulty(
        name="key-repeated-in-404",
        app_factory=with_fault(_repeat_the_key),
        fault="The error for an unknown model contains the client's API key.",
        bugs=("tinyhumansai/openhuman#5116",),
        level="should",
        shows=_shows_key,
    ),
    Faulty(
        name="redirect-to-login",
        app_factory=with_fault(_redirect_to_login),
        fault="Missing or wrong credentials cause a redirect to a login page.",
        bugs=("OpenRouterTeam/openrouter-examples#29", "Portkey-AI/gateway#344"),
        level="must",
        shows=_shows_redirect,
    ),
    Faulty(
        name="hang-on-empty-tokens",
        app_factory=with_fault(_hang_on_empty_tokens),
        fault="For an empty array of tokens in a batch, the connection is closed after 3 seconds without a response.",
        bugs=("lmstudio-ai/lmstudio-bug-tracker#7", "seen: Portkey, targets: []"),
        level="must",
        shows=_shows_hang,
    ),
)
