"""Servers with one fault in what stands beside the data."""

from __future__ import annotations

from starlette.types import ASGIApp

from tests.zoo.alterations import altered_answers
from tests.zoo.asking import Client, Faulty, ask
from tests.zoo.payloads import Json
from tests.zoo.tools import Call, Forward, Reply, around

OWN_MODEL = "nomic-embed-text"


def _usage_of_all_requests() -> ASGIApp:
    total = 0

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal total
        reply = await forward(call)
        if not reply.good:
            return reply
        answer = reply.json
        total += answer["usage"]["prompt_tokens"]
        answer["usage"] = {"prompt_tokens": total, "total_tokens": total}
        return reply.with_json(answer)

    return around(handler)


def _name_own_model(_payload: Json, answer: Json) -> None:
    answer["model"] = OWN_MODEL


async def _shows_usage(client: Client) -> bool:
    first, second = [(await ask(client)).json()["usage"]["prompt_tokens"] for _ in range(2)]
    return bool(second > first)


async def _shows_own_model(client: Client) -> bool:
    return bool((await ask(client)).json()["model"] == OWN_MODEL)


FIELDS = (
    Faulty(
        name="usage-of-all-requests",
        app_factory=_usage_of_all_requests,
        fault="usage adds up over all requests since the start.",
        bugs=("xorbitsai/inference#2000", "oobabooga/textgen#3122", "contract: usage.prompt_tokens"),
        level="must",
        shows=_shows_usage,
    ),
    Faulty(
        name="own-model-name",
        app_factory=altered_answers(_name_own_model, when=lambda payload: True),
        fault="model is nomic-embed-text, whatever was asked for.",
        bugs=("l33tdawg/sage#29", "mozilla-ai/llamafile#589"),
        level="should",
        shows=_shows_own_model,
    ),
)
