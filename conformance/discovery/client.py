"""Send the requests of a discovery: few, one after the other, with retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.contract import Contract, shipped_capabilities
from conformance.contract.roles import MissingRole, Roles
from conformance.engine.retry import is_busy, retry_after
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Exchange, FailureKind, Request, Target, send_until_received
from conformance.validation.embeddings import Vector

from .probing import Outcome, ProbeResult, VectorCheck, read_result

MAX_REQUESTS = 60
"""The maximum number of requests of one discovery, without the retries for a busy target."""

MAX_TRIES = 4
MAX_WAIT = 120.0
"""The maximum time in seconds that one discovery waits for a busy target."""

TEXTS = "$texts"
"""The property with the texts, in the data of the capabilities."""

NO_PROPERTY = ProbeResult(Outcome.NOT_SENT, "the contract has no property for it", 0)
"""The result of a request with a role that the contract does not have."""

ExchangeCheck = Callable[[Exchange, tuple[Vector, ...]], str]
"""Returns what is wrong with a response, given its exchange and its vectors; empty if it is right."""


SMALL = 300
"""Bytes of the body of a small request. A large one takes longer, and is not sent beside many others in a run."""


class BudgetExhausted(Exception):
    """The discovery has sent MAX_REQUESTS requests."""


@dataclass
class DiscoveryClient:
    """A client of one target that counts and measures its requests.

    ``redact`` masks credentials in texts of the target. ``slowest`` is the longest time of a response, in seconds,
    ``slowest_small`` that of a response to a small request.
    ``rate`` is the number of requests a second before the first 429, or None without a 429.
    """

    target: Target
    redact: Callable[[str], str] = field(default=lambda text: text)
    sent: int = 0
    slowest: float = 0.0
    slowest_small: float = 0.0
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
            elif exchange.succeeded:
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
            if len(request.content or b"") <= SMALL:
                self.slowest_small = max(self.slowest_small, exchange.seconds)
        elif exchange.response is not None and exchange.response.status == 429:
            seconds = time.monotonic() - began + retry_after(exchange, 1)
            rate = max(1, count) / max(seconds, 0.001)
            self.rate = rate if self.rate is None else min(rate, self.rate)
        return exchange


@dataclass(frozen=True)
class ProbeContext:
    """A target with an embeddings endpoint, and plain requests to it for ``model``.

    ``plain_vector`` is the vector of TEXT in the response to a plain request.
    """

    client: DiscoveryClient
    requests: PlainRequests
    model: str
    plain_vector: Vector

    @property
    def contract(self) -> Contract:
        """The contract of the requests."""
        return self.requests.contract

    @property
    def roles(self) -> Roles:
        """The names of the properties of requests and responses."""
        return self.contract.roles

    @property
    def not_allowed(self) -> Iterator[str]:
        """The forms of texts that the contract does not allow, as names of capabilities."""
        for capability in shipped_capabilities().values():
            texts = capability.example.get(TEXTS)
            if texts is not None and self.requests.problem(self.model, self.roles.named(texts=texts)):
                yield capability.name

    async def probe(
        self, check: ExchangeCheck = lambda exchange, vectors: "", **values: object
    ) -> ProbeResult:
        """Send a plain request with *values* by role; *check* returns what is wrong with the vectors of its response.

        A request that the contract does not allow is not sent.
        """
        try:
            properties = self.roles.named(**values)
        except MissingRole:
            return NO_PROPERTY
        return await self.probe_properties(properties, check)

    async def probe_properties(
        self, properties: Mapping[str, Any], check: ExchangeCheck = lambda exchange, vectors: ""
    ) -> ProbeResult:
        """Send a plain request with other *properties*, as ``probe``."""
        if problem := self.requests.problem(self.model, properties):
            return ProbeResult(Outcome.NOT_SENT, problem, 0)
        exchange = await self.client.send(self.requests.request(self.model, properties))
        return read_result(exchange, self.client.redact, self.roles, lambda vectors: check(exchange, vectors))

    async def probe_texts(self, value: object, check: VectorCheck = lambda vectors: "") -> ProbeResult:
        """Send a plain request with *value* as its texts, as ``probe``."""
        return await self.probe(lambda exchange, vectors: check(vectors), texts=self.requests.texts(value))
