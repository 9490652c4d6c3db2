"""Gateways that are right, and each in another way."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace

from tests.forwarding.faults import changes_answers, changes_payloads, changes_requests, maps
from tests.forwarding.gateway import Gateway, Got, Sent, error
from tests.forwarding.payloads import several

OWN_FORM = b'{"detail": "no luck", "code": 7}'


class Retrying(Gateway):
    """Tries again what fails, a few times."""

    async def deliver(self, sent: Sent) -> Got:
        for _ in range(2):
            got = await super().deliver(sent)
            if got.status not in (429, 500, 502, 503):
                break
            await asyncio.sleep(0.01)
        return got


class Dividing(Gateway):
    """Sends each text of a batch by itself, all at once, and puts the answers together."""

    async def deliver(self, sent: Sent) -> Got:
        try:
            texts = sent.payload["input"]
        except (ValueError, TypeError, LookupError):
            texts = None
        if not several(texts):
            return await super().deliver(sent)
        parts = await asyncio.gather(
            *(super(Dividing, self).deliver(sent.having(input=[text])) for text in texts)
        )
        if any(part.status != 200 for part in parts):
            return next(part for part in parts if part.status != 200)
        payloads = [part.payload for part in parts]
        data = [payload["data"][0] | {"index": place} for place, payload in enumerate(payloads)]
        usage = {n: sum(p["usage"][n] for p in payloads) for n in ("prompt_tokens", "total_tokens")}
        return parts[0].saying(payloads[0] | {"data": data, "usage": usage})


class Remembering(Gateway):
    """Answers from a cache what it has answered before."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._known: dict[bytes, Got] = {}

    async def handle(self, sent: Sent) -> Got:
        if sent.body not in self._known:
            got = await super().handle(sent)
            if got.status != 200:
                return got
            self._known[sent.body] = got
        return self._known[sent.body]


class Busy(Gateway):
    """Turns every fifth request away for a moment."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._requests = 0

    async def handle(self, sent: Sent) -> Got:
        self._requests += 1
        if self._requests % 5 == 0:
            return error(429, "Slow down.", Retry_After="0")
        return await super().handle(sent)


class Envelope(Gateway):
    """Has a form of its own for errors."""

    def failed(self, sent: Sent, got: Got) -> Got:
        right = super().failed(sent, got)
        return Got(right.status, OWN_FORM, right.headers)


def _sorted(payload: dict[str, object], _sent: Sent) -> None:
    data = payload["data"]
    assert isinstance(data, list)
    data.sort(key=lambda item: item["index"])
    payload["provider"] = "upstream"


def _reencoded(sent: Sent) -> Sent:
    try:
        payload = sent.payload
        return replace(sent, body=json.dumps(dict(reversed(payload.items())), indent=1).encode())
    except (ValueError, AttributeError):
        return sent


def _packed(sent: Sent) -> Sent:
    headers = sent.headers | {"content-encoding": "gzip"}
    return replace(sent, headers=headers, body=gzip.compress(sent.body))


def _with_null(sent: Sent) -> Sent:
    try:
        return replace(sent, body=json.dumps({"user": None, "extra": {"a": 1}} | sent.payload).encode())
    except (ValueError, TypeError):
        return sent


def _with_headers(sent: Sent) -> Sent:
    return replace(
        sent, headers=sent.headers | {"x-request-id": "7", "user-agent": "gateway/1", "via": "1.1 g"}
    )


def different() -> dict[str, type[Gateway]]:
    """Correct gateways, by what they do."""
    return dict(_all())


def _all() -> Iterator[tuple[str, type[Gateway]]]:
    yield "nothing special", Gateway
    yield "tries again", Retrying
    yield "divides batches", Dividing
    yield "has a cache", Remembering
    yield "has a limit of its own", Busy
    yield "has errors of its own form", Envelope
    yield "sorts the data and adds a property", changes_answers(_sorted)
    yield "writes JSON anew", changes_requests(_reencoded)
    yield "compresses what it sends", changes_requests(_packed)
    yield "adds headers", changes_requests(_with_headers)
    yield "adds null and properties of its own", changes_requests(_with_null)
    yield "says that floats are wanted", changes_payloads(lambda p: {"encoding_format": "float"} | p)
    yield "makes an array of a text", changes_payloads(_as_array)
    yield "serves below another path", Elsewhere
    yield "passes a 401 on", maps({401: error(401)})
    yield "says 503 for what is wrong with the upstream", maps({s: error(503) for s in (401, 500, 502, 503)})


def _as_array(payload: dict[str, object]) -> dict[str, object]:
    return {"input": [payload["input"]] if isinstance(payload["input"], str) else payload["input"]}


class Elsewhere(Gateway):
    """Asks at a path of its provider's kind, with the model in it."""

    def outgoing(self, sent: Sent) -> Sent:
        right = super().outgoing(sent)
        url = right.url.replace("/v1/", "/openai/deployments/text-embedding-3-small/")
        return replace(right, url=f"{url}?api-version=2024-10-21")
