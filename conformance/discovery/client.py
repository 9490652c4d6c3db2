"""Send the requests of a discovery: few, one after the other, with retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.contract import Contract
from conformance.contract.examples import base_payload
from conformance.engine.retry import is_busy, retry_after
from conformance.generators.case import encode
from conformance.generators.sample_texts import text
from conformance.http_client import Exchange, FailureKind, Request, Target, send_until_received
from conformance.validation.embeddings import Vector

from .probing import ProbeResult, VectorCheck, read_result

MAX_REQUESTS = 60
"""The maximum number of requests of one discovery, without the retries for a busy target."""

MAX_TRIES = 4
MAX_WAIT = 120.0
"""The maximum time in seconds that one discovery waits for a busy target."""

TEXT = text(90, 6)
"""The input of plain requests."""

Headers = tuple[tuple[str, str], ...]


class BudgetExhausted(Exception):
    """The discovery has sent MAX_REQUESTS requests."""


@dataclass
class DiscoveryClient:
    """A client of one target that counts and measures its requests.

    ``redact`` masks credentials in texts of the target. ``slowest`` is the longest time of a response, in seconds.
    ``rate`` is the number of requests a second before the first 429, or None without a 429.
    """

    target: Target
    redact: Callable[[str], str] = field(default=lambda text: text)
    sent: int = 0
    slowest: float = 0.0
    rate: float | None = None
    _requests: int = 0
    _waited: float = 0.0
    _answered: Request | None = None
    _measured: tuple[float, int] = field(default_factory=lambda: (time.monotonic(), 0))

    async def send(self, request: Request) -> Exchange:
        """Send *request*, with retries if the target is busy. Raises BudgetExhausted."""
        if self._requests == MAX_REQUESTS:
            raise BudgetExhausted
        self._requests += 1
        for attempt in range(1, MAX_TRIES + 1):
            exchange = await self._send_once(request)
            if exchange.failure is not None and exchange.failure.kind is FailureKind.TIMEOUT:
                await self._wait_for_answer()
            elif exchange.status == 200:
                self._answered = request if self._answered is None else self._answered
            pause = retry_after(exchange, attempt)
            if not is_busy(exchange) or attempt == MAX_TRIES or self._waited + pause > MAX_WAIT:
                break
            self._waited += pause
            await asyncio.sleep(pause)
            self._measured = time.monotonic(), 0
        return exchange

    async def _wait_for_answer(self) -> None:
        """After a timeout, wait until the target answers the first request that it has answered before."""
        if self._answered is None:
            return
        for _ in range(MAX_TRIES):
            if (await self._send_once(self._answered)).response is not None:
                return

    async def _send_once(self, request: Request) -> Exchange:
        exchange = await send_until_received(self.target, request)
        self.sent += 1
        began, count = self._measured
        self._measured = began, count + 1
        if exchange.response is not None and not is_busy(exchange):
            self.slowest = max(self.slowest, exchange.seconds)
        elif exchange.response is not None and exchange.response.status == 429:
            seconds = time.monotonic() - began + retry_after(exchange, 1)
            rate = max(1, count) / max(seconds, 0.001)
            self.rate = rate if self.rate is None else min(rate, self.rate)
        return exchange


def plain_request(
    contract: Contract, prefix: str, headers: Headers, model: str, **properties: object
) -> Request:
    """A request for *model* with TEXT as input, to the contract's path after *prefix*; *properties* replace its own."""
    payload = {**base_payload(contract, model), "input": TEXT, **properties}
    return Request(
        headers=(("Content-Type", contract.media_type), *headers),
        body=encode(payload),
        method=contract.method.upper(),
        path=prefix + contract.path,
    )


@dataclass(frozen=True)
class ProbeContext:
    """A target with an embeddings endpoint, and the values of plain requests to it.

    ``plain_vector`` is the vector of TEXT in the response to a plain request.
    """

    client: DiscoveryClient
    contract: Contract
    prefix: str
    headers: Headers
    model: str
    plain_vector: Vector

    async def send(self, **properties: object) -> Exchange:
        """Send a plain request with other *properties*."""
        return await self.client.send(
            plain_request(self.contract, self.prefix, self.headers, self.model, **properties)
        )

    async def probe(self, check: VectorCheck = lambda vectors: "", **properties: object) -> ProbeResult:
        """Send a plain request with other *properties*; *check* returns what is wrong with its vectors."""
        return read_result(await self.send(**properties), self.client.redact, check)
