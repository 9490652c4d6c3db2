"""The commonest ways to change the reference: its answers, the payloads that it sees, the texts that it embeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.zoo.payloads import Json
from tests.zoo.tools import Call, Factory, Forward, Reply, around


def altered_answers(alter: Callable[[Json, Json], None], *, when: Callable[[Json], bool]) -> Factory:
    """Servers whose good answers to payloads of a kind are edited in place by *alter(payload, answer)*."""

    async def handler(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        if not reply.good or not when(call.payload):
            return reply
        answer = reply.json
        alter(call.payload, answer)
        return reply.with_json(answer)

    return lambda: around(handler)


def altered_payloads(alter: Callable[[Json], Json]) -> Factory:
    """Servers that see *alter(payload)* in place of each payload; the same object means no change."""

    async def handler(call: Call, forward: Forward) -> Reply:
        payload = call.payload
        altered = alter(payload)
        return await forward(call if altered is payload else call.with_payload(altered))

    return lambda: around(handler)


def altered_inputs(alter: Callable[[Any], Any]) -> Factory:
    """Servers that embed *alter(input)*, which has as many texts; they count and number those that were sent."""

    async def handler(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        return await re_embedded(reply, alter(call.payload["input"]), call, forward) if reply.good else reply

    return lambda: around(handler)


async def re_embedded(reply: Reply, value: object, call: Call, forward: Forward) -> Reply:
    """The good *reply* to *call* with the embeddings of another input; as it is where that is too long."""
    if value == call.payload["input"]:
        return reply
    other = await forward(call.with_input(value))
    return reply.with_embeddings(other.embeddings) if other.good else reply
