"""Servers with one fault in HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from tests.faulty_servers.embeddings import inputs, is_base64
from tests.faulty_servers.faults import changes_request, compresses, responds
from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import PLAIN, PROVIDER, Client, Faulty, ask, hangs_up, send

LARGE_BATCH = 1024


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and bool(request.header("access-control-request-method"))


async def _base64_as_text(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if not response.ok or not is_base64(request.json_object):
        return response
    return response.with_header("content-type", "text/plain; charset=utf-8")


async def _accept_get(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.error_code == "method_not_allowed" and request.method == "GET":
        return respond(200, {"status": "ok"})
    return response


async def _truncate_large_responses(request: Request, correct: Server) -> Response:
    response = await correct(request)
    large = response.ok and len(inputs(request.json_object["input"])) > LARGE_BATCH
    return replace(response, truncated=large)


async def _shows_gzip(client: Client) -> bool:
    response = await ask(client, headers={**PROVIDER, "accept-encoding": "identity"})
    return bool(response.headers.get("content-encoding") == "gzip")


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
    response = await ask(client, encoding_format="base64")
    return str(response.headers["content-type"]).startswith("text/plain")


async def _shows_get(client: Client) -> bool:
    return (await send(client, b"", method="GET")).status_code == 200


async def _shows_truncation(client: Client) -> bool:
    return await hangs_up(client, input=["a"] * 1025, dimensions=1)


HTTP = (
    Faulty(
        name="gzip-always",
        app_factory=with_fault(
            compresses(partial(gzip.compress, compresslevel=1), "gzip", lambda request, response: response.ok)
        ),
        fault="Responses are compressed with gzip even if the client accepts only identity.",
        bugs=("Portkey-AI/gateway#398", "Portkey-AI/gateway#1262"),
        level="should",
        shows=_shows_gzip,
    ),
    Faulty(
        name="preflight-fails",
        app_factory=with_fault(responds(_is_preflight, error(500, "Internal server error"))),
        fault="The CORS preflight request of a browser causes a 500.",
        bugs=("huggingface/text-embeddings-inference#260",),
        level="should",
        shows=_shows_preflight,
    ),
    Faulty(
        name="chunked-body-ignored",
        app_factory=with_fault(
            changes_request(
                lambda request: request.header("content-length") is None,
                lambda request: replace(request, body=b""),
            )
        ),
        fault="A chunked body, without Content-Length, is treated as empty and rejected.",
        bugs=("elizaOS/eliza#10111", "contract: requestBody"),
        level="should",
        shows=_shows_chunks,
    ),
    Faulty(
        name="base64-as-text",
        app_factory=with_fault(_base64_as_text),
        fault="Responses with base64 have the media type text/plain.",
        bugs=("envoyproxy/ai-gateway#967", "contract: responses.200.content"),
        level="must",
        shows=_shows_text,
    ),
    Faulty(
        name="get-accepted",
        app_factory=with_fault(_accept_get),
        fault="GET returns 200 with a status.",
        bugs=("OpenRouterTeam/openrouter-examples#29", "seen: LitServe"),
        level="should",
        shows=_shows_get,
    ),
    Faulty(
        name="large-responses-truncated",
        app_factory=with_fault(_truncate_large_responses),
        fault="The connection is closed in the middle of a response with more than 1024 vectors.",
        bugs=("ggml-org/llama.cpp#11411", "QuantumNous/new-api#1400"),
        level="must",
        shows=_shows_truncation,
    ),
)
