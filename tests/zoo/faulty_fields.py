"""Servers with one fault in the properties of the response other than data."""

from __future__ import annotations

from tests.faulty_servers.faults import changes_result
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_fault, with_new_fault
from tests.zoo.asking import Client, Faulty, ask

OWN_MODEL = "nomic-embed-text"


def _usage_of_all_requests() -> Fault:
    total = 0

    async def server(request: Request, correct: Server) -> Response:
        nonlocal total
        response = await correct(request)
        if not response.ok:
            return response
        result = response.payload()
        total += result["usage"]["prompt_tokens"]
        result["usage"] = {"prompt_tokens": total, "total_tokens": total}
        return response.with_payload(result)

    return server


def _set_own_model(result: Payload, _payload: Payload) -> None:
    result["model"] = OWN_MODEL


async def _shows_usage(client: Client) -> bool:
    first, second = [(await ask(client)).json()["usage"]["prompt_tokens"] for _ in range(2)]
    return bool(second > first)


async def _shows_own_model(client: Client) -> bool:
    return bool((await ask(client)).json()["model"] == OWN_MODEL)


FIELDS = (
    Faulty(
        name="usage-of-all-requests",
        app_factory=with_new_fault(_usage_of_all_requests),
        fault="usage contains the sum of all requests since the start.",
        bugs=("xorbitsai/inference#2000", "oobabooga/textgen#3122", "contract: usage.prompt_tokens"),
        level="must",
        shows=_shows_usage,
    ),
    Faulty(
        name="own-model-name",
        app_factory=with_fault(changes_result(_set_own_model)),
        fault="model is nomic-embed-text for every requested model.",
        bugs=("l33tdawg/sage#29", "mozilla-ai/llamafile#589"),
        level="should",
        shows=_shows_own_model,
    ),
)
