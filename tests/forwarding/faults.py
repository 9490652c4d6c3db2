"""What gateways do wrong: ways to make one, and what they do to payloads."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from tests.forwarding.gateway import Gateway, Got, Sent


def changes_requests(change: Callable[[Sent], Sent]) -> type[Gateway]:
    """A gateway that changes what goes to its upstream; *change* gets what the client sent, with the right headers."""

    class Changing(Gateway):
        def outgoing(self, sent: Sent) -> Sent:
            return change(super().outgoing(sent))

    return Changing


def changes_payloads(change: Callable[[dict[str, Any]], dict[str, Any]]) -> type[Gateway]:
    """A gateway that changes some properties of valid requests."""

    def changed(sent: Sent) -> Sent:
        try:
            return sent.having(**change(sent.payload))
        except (ValueError, TypeError, AttributeError, LookupError):
            return sent

    return changes_requests(changed)


def changes_texts(change: Callable[[str], str]) -> type[Gateway]:
    """A gateway that changes each text of an input."""

    def changed(value: Any) -> Any:
        match value:
            case str():
                return change(value)
            case list():
                return [changed(item) for item in value]
        return value

    return changes_payloads(lambda payload: {"input": changed(payload["input"])})


def changes_answers(change: Callable[[dict[str, Any], Sent], object]) -> type[Gateway]:
    """A gateway that changes right answers; *change* gets the payload to change, and the request."""

    class Changing(Gateway):
        def answered(self, sent: Sent, got: Got) -> Got:
            right = super().answered(sent, got)
            if right.status != 200:
                return right
            payload = right.payload
            change(payload, sent)
            return right.saying(payload)

    return Changing


def maps(statuses: dict[int, Got]) -> type[Gateway]:
    """A gateway that answers otherwise where its upstream gives an error with one of *statuses*."""

    class Mapping(Gateway):
        def failed(self, sent: Sent, got: Got) -> Got:
            return statuses.get(got.status) or super().failed(sent, got)

    return Mapping


def says(where: str, answer: Callable[[Sent], Got]) -> type[Gateway]:
    """A gateway whose method *where* gives another *answer*."""
    return type("Saying", (Gateway,), {where: lambda self, sent: answer(sent)})


def takes(mark: bytes, answer: Got) -> type[Gateway]:
    """A gateway that answers otherwise where the upstream's body, with a 200, is none of an answer and has *mark*."""

    class Taking(Gateway):
        def answered(self, sent: Sent, got: Got) -> Got:
            right = super().answered(sent, got)
            return answer if right.status != 200 and mark in got.body else right

    return Taking


EMPTY = Got(200, b'{"object":"list","data":[],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}}')


class Elsewhere(Gateway):
    """A gateway that never asks its upstream."""

    def outgoing(self, sent: Sent) -> Sent:
        right = super().outgoing(sent)
        return replace(right, url=right.url.replace("/embeddings", "/v1/v1/embed"))


class Twice(Gateway):
    async def deliver(self, sent: Sent) -> Got:
        await super().deliver(sent)
        return await super().deliver(sent)


class Patient(Gateway):
    """A gateway that waits for its upstream for ever."""

    async def deliver(self, sent: Sent) -> Got:
        try:
            return await super().deliver(sent)
        except httpx.TimeoutException:
            await asyncio.sleep(3600)
            raise


class Passing(Gateway):
    """A gateway that passes on whatever page an upstream gives with an error."""

    def failed(self, sent: Sent, got: Got) -> Got:
        return got if got.status == 502 else super().failed(sent, got)


def passes_on(header: str) -> type[Gateway]:
    class PassingOn(Gateway):
        def outgoing(self, sent: Sent) -> Sent:
            right = super().outgoing(sent)
            found = {header: sent.headers[header]} if header in sent.headers else {}
            return replace(right, headers=right.headers | found)

    return PassingOn


class InTheQuery(Gateway):
    """A gateway that tells its upstream who asks, by the key."""

    def outgoing(self, sent: Sent) -> Sent:
        right = super().outgoing(sent)
        key = sent.headers.get("x-portkey-api-key", "")
        return replace(right, url=f"{right.url}?for={key}")


class Floats(Gateway):
    """A gateway that asks for floats, and packs them itself."""

    def outgoing(self, sent: Sent) -> Sent:
        right = super().outgoing(sent)
        return right.having(encoding_format="float") if _format(sent) == "base64" else right

    def answered(self, sent: Sent, got: Got) -> Got:
        right = super().answered(sent, got)
        if right.status != 200 or _format(sent) != "base64":
            return right
        payload = right.payload
        for item in payload["data"]:
            packed = struct.pack(f"<{len(item['embedding'])}f", *item["embedding"])
            item["embedding"] = base64.b64encode(packed).decode()
        return right.saying(payload)


class AsksBase64(Gateway):
    """A gateway that asks for base64 where the client does not say, and unpacks it itself."""

    def outgoing(self, sent: Sent) -> Sent:
        right = super().outgoing(sent)
        return right.having(encoding_format="base64") if _format(sent) is None else right

    def answered(self, sent: Sent, got: Got) -> Got:
        right = super().answered(sent, got)
        if right.status != 200 or _format(sent) is not None:
            return right
        payload = right.payload
        for item in payload["data"]:
            raw = base64.b64decode(item["embedding"])
            item["embedding"] = list(struct.unpack(f"<{len(raw) // 4}f", raw))
        return right.saying(payload)


def _format(sent: Sent) -> str | None:
    try:
        found: str | None = json.loads(sent.body).get("encoding_format")
    except (ValueError, AttributeError):
        return None
    return found
