"""Faulty gateways: with compressed, with late, and with large responses of the upstream."""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from typing import Any

from tests.faulty_servers.messages import Request, Response
from tests.forwarding.gateway import SECONDS, Gateway, with_properties
from tests.forwarding.payloads import is_batch

PART = 50
"""Texts that a gateway sends in one request."""


class KnowsCoding(Gateway):
    """A gateway whose responses from the upstream have the header ``x-coding`` if they were compressed."""

    response_headers = (*Gateway.response_headers, "content-encoding")

    async def send_upstream(self, request: Request) -> Response:
        response = await super().send_upstream(request)  # its body is decompressed
        coding = response.header("content-encoding")
        return response.with_header("content-encoding", None).with_header("x-coding", coding)


class KeepsCoding(KnowsCoding):
    """Returns the header Content-Encoding of a response that it has decompressed."""

    def on_success(self, request: Request, response: Response) -> Response:
        correct = super().on_success(request, response)
        return correct.with_header("content-encoding", response.header("x-coding"))


class DropsCoding(KnowsCoding):
    """Returns compressed bodies without the header Content-Encoding."""

    def on_success(self, request: Request, response: Response) -> Response:
        correct = super().on_success(request, response)
        is_compressed = response.header("x-coding") is not None
        return correct.with_body(gzip.compress(correct.body)) if is_compressed else correct


def maps_compressed_errors(result: Response) -> type[Gateway]:
    """A gateway that returns *result* for compressed errors of the upstream."""

    class Mapping(KnowsCoding):
        def on_error(self, request: Request, response: Response) -> Response:
            return result if response.header("x-coding") else super().on_error(request, response)

    return Mapping


class SwapsParts(Gateway):
    """Splits large batches, and returns the vectors of the second part first."""

    async def send_upstream(self, request: Request) -> Response:
        texts: Any = request.json_object.get("input")
        if not is_batch(texts) or len(texts) <= PART:
            return await super().send_upstream(request)
        parts = [
            (await super(SwapsParts, self).send_upstream(with_properties(request, input=part))).payload()
            for part in (texts[:PART], texts[PART:])
        ]
        items = [*parts[1]["data"], *parts[0]["data"]]
        data = [item | {"index": index} for index, item in enumerate(items)]
        usage = {n: sum(p["usage"][n] for p in parts) for n in ("prompt_tokens", "total_tokens")}
        response = await super().send_upstream(with_properties(request, input=texts[:1]))
        return response.with_payload(parts[0] | {"data": data, "usage": usage})


class InOrderOfRequests(Gateway):
    """Takes each response of the upstream for that to the oldest request without a response."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._waiting: deque[asyncio.Future[Response]] = deque()

    async def send_upstream(self, request: Request) -> Response:
        own: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.append(own)
        try:
            response = await super().send_upstream(request)
        except BaseException:
            self._waiting.remove(own)
            raise
        self._waiting.popleft().set_result(response)
        return await asyncio.wait_for(own, SECONDS)
