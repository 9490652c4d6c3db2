"""Correct gateways that differ in their behavior."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.faulty_servers.messages import Request, Response
from tests.forwarding.faults import changes_payloads, changes_requests, changes_responses, maps_errors
from tests.forwarding.gateway import Gateway, error, with_properties
from tests.forwarding.payloads import is_batch

OWN_FORM = b'{"detail": "failed", "code": 7}'


class Retrying(Gateway):
    """Retries failed requests."""

    async def send_upstream(self, request: Request) -> Response:
        for _ in range(2):
            response = await super().send_upstream(request)
            if response.status not in (429, 500, 502, 503):
                break
            await asyncio.sleep(0.01)
        return response


class SplitsBatches(Gateway):
    """Sends each text of a batch in its own request, concurrently, and joins the responses."""

    async def send_upstream(self, request: Request) -> Response:
        texts: Any = request.json_object.get("input")
        if not is_batch(texts):
            return await super().send_upstream(request)
        parts = await asyncio.gather(
            *(
                super(SplitsBatches, self).send_upstream(with_properties(request, input=[text]))
                for text in texts
            )
        )
        if any(part.status != 200 for part in parts):
            return next(part for part in parts if part.status != 200)
        payloads = [part.payload() for part in parts]
        data = [payload["data"][0] | {"index": index} for index, payload in enumerate(payloads)]
        usage = {n: sum(p["usage"][n] for p in payloads) for n in ("prompt_tokens", "total_tokens")}
        return parts[0].with_payload(payloads[0] | {"data": data, "usage": usage})


class Caches(Gateway):
    """Responds to repeated requests from a cache."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._cache: dict[bytes, Response] = {}

    async def handle(self, request: Request) -> Response:
        if request.body not in self._cache:
            response = await super().handle(request)
            if response.status != 200:
                return response
            self._cache[request.body] = response
        return self._cache[request.body]


class RateLimits(Gateway):
    """Rejects every fifth request with 429."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._requests = 0

    async def handle(self, request: Request) -> Response:
        self._requests += 1
        if self._requests % 5 == 0:
            return error(429, "Slow down.", Retry_After="0")
        return await super().handle(request)


class OwnErrors(Gateway):
    """Has its own format for errors."""

    def on_error(self, request: Request, response: Response) -> Response:
        correct = super().on_error(request, response)
        return correct.with_body(OWN_FORM)


def _sorted(payload: dict[str, object], _request: Request) -> None:
    data = payload["data"]
    assert isinstance(data, list)
    data.sort(key=lambda item: item["index"])
    payload["provider"] = "upstream"


def _reencoded(request: Request) -> Request:
    payload = request.json_object
    return (
        request.with_body(json.dumps(dict(reversed(payload.items())), indent=1).encode())
        if payload
        else request
    )


def _packed(request: Request) -> Request:
    return request.with_header("content-encoding", "gzip").with_body(gzip.compress(request.body))


def _with_null(request: Request) -> Request:
    payload = request.json_object
    return request.with_payload({"user": None, "extra": {"a": 1}} | payload) if payload else request


def _with_headers(request: Request) -> Request:
    for name, value in {"x-request-id": "7", "user-agent": "gateway/1", "via": "1.1 g"}.items():
        request = request.with_header(name, value)
    return request


def different() -> dict[str, type[Gateway]]:
    """Correct gateways, by their behavior."""
    return dict(_all())


def _all() -> Iterator[tuple[str, type[Gateway]]]:
    yield "has no special behavior", Gateway
    yield "retries", Retrying
    yield "splits batches", SplitsBatches
    yield "has a cache", Caches
    yield "has its own rate limit", RateLimits
    yield "has its own format for errors", OwnErrors
    yield "sorts the data and adds a property", changes_responses(_sorted)
    yield "writes the JSON again", changes_requests(_reencoded)
    yield "compresses its requests", changes_requests(_packed)
    yield "adds headers", changes_requests(_with_headers)
    yield "adds null and its own properties", changes_requests(_with_null)
    yield "requests floats explicitly", changes_payloads(lambda p: {"encoding_format": "float"} | p)
    yield "sends a text as an array", changes_payloads(_as_array)
    yield "uses another path at the upstream", DeploymentPath
    yield "returns the upstream's 401", maps_errors({401: error(401)})
    yield (
        "returns 503 for all failures of the upstream",
        maps_errors({s: error(503) for s in (401, 500, 502, 503)}),
    )


def _as_array(payload: dict[str, object]) -> dict[str, object]:
    return {"input": [payload["input"]] if isinstance(payload["input"], str) else payload["input"]}


class DeploymentPath(Gateway):
    """Sends requests to a path with the model in it, as Azure OpenAI needs."""

    def upstream_request(self, request: Request) -> Request:
        correct = super().upstream_request(request)
        path = "/openai/deployments/text-embedding-3-small/embeddings"
        return replace(correct, path=path, query=b"api-version=2024-10-21")
