"""Latency and failures by choice, around any ASGI application: for testing clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from .errors import Refusal
from .faults import Fault, Latency, Schedule, UnknownInjection

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "x-injected"
"""Each injected answer has this header: the fault that it is of."""

RETRY_LATER = frozenset({"429", "503"})
"""Statuses that say when to come again (RFC 6585, section 4; RFC 9110, section 15.6.4)."""

RETRY_AFTER = 1


class ConnectionDropped(Exception):
    """Raised out of the application in place of an answer; a server that knows it closes the connection.

    ``serve`` and ``background_server`` do. Others take it for a broken application, and most answer with 500.
    """


def inject(
    app: ASGIApp,
    *,
    latency: str | None = None,
    fail: Sequence[str] = (),
    seed: int = 0,
    retry_after: int = RETRY_AFTER,
) -> ASGIApp:
    """*app*, with answers that are late by *latency* and fail as *fail* says (the words are in ``faults``).

    Requests count from 1 in the order in which they arrive, whatever their path or credentials; the same
    *seed* gives the same sequence. Failures come in place of *app*'s answer, which is not asked for, and are
    late as well. Those with 429 and 503 have a ``Retry-After`` of *retry_after* seconds. Raises
    UnknownInjection for words that mean nothing, and for a *retry_after* below 0.
    """
    if retry_after < 0:
        raise UnknownInjection(
            "retry-after", "whole seconds", str(retry_after), "0 lets clients come again at once"
        )
    delay = Latency.parse(latency) if latency is not None else Latency(0, 0)
    return _Injection(app, delay, Schedule([Fault.parse(text) for text in fail], seed), seed, retry_after)


class _Injection:
    def __init__(
        self, app: ASGIApp, latency: Latency, schedule: Schedule, seed: int, retry_after: int
    ) -> None:
        self._app, self._latency, self._schedule, self._retry_after = app, latency, schedule, retry_after
        self._chance = Random(f"latency {seed}")  # of its own: latency does not change what fails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fault = self._schedule.next()
        await asyncio.sleep(self._latency.draw(self._chance))
        match fault:
            case None:
                await self._app(scope, receive, send)
            case Fault(what="drop"):
                raise ConnectionDropped(fault.text)
            case Fault(what="hang"):
                await _until_gone(receive)
            case _:
                await self._refusal(fault).response()(scope, receive, send)

    def _refusal(self, fault: Fault) -> Refusal:
        headers = {HEADER: fault.text}
        if fault.what in RETRY_LATER:
            headers["Retry-After"] = str(self._retry_after)
        kind = "server_error" if fault.what >= "500" else "invalid_request_error"
        message = f"Injected: this server was told to fail with {fault.text}."
        return Refusal(int(fault.what), message, code="injected", kind=kind, headers=headers)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
