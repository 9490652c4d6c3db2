"""Add latency, failures and wrong data to any ASGI application, to test clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from conformance.contract import Contract
from conformance.contract.errors import listed_names
from conformance.contract.roles import Roles

from .data_fault_injection import call_with_wrong_data
from .data_faults import DATA_FAULTS
from .errors import Rejection
from .fault_schedule import Fault, InvalidFault, Latency, Schedule

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "x-injected"
"""A header of each injected response; its value is the fault."""

RETRY_LATER = frozenset({"429", "503"})
"""Statuses with a ``Retry-After`` header (RFC 6585, section 4; RFC 9110, section 15.6.4)."""

RETRY_AFTER = 1


class ConnectionDropped(Exception):
    """Raised by an application instead of a response. A server that supports it closes the connection.

    ``serve`` and ``background_server`` do. Other servers handle it as an exception, and most respond with 500.
    """


def inject(
    app: ASGIApp,
    *,
    latency: str | None = None,
    fail: Sequence[str] = (),
    seed: int = 0,
    retry_after: int = RETRY_AFTER,
    contract: Contract | None = None,
) -> ASGIApp:
    """*app* with responses that are delayed by *latency* and fail as in *fail* (syntax: ``fault_schedule``).

    Requests are numbered from 1 in the order of arrival, for all paths and credentials. The same *seed* gives the same
    sequence of failures. A failure replaces the response of *app*, which does not see the request; it is delayed too.
    Failures with 429 and 503 have a ``Retry-After`` of *retry_after* seconds. A kind of wrong data changes successful
    responses, in the places that *contract* names (default: the vendored one). Raises InvalidFault for invalid values,
    also for a *retry_after* below 0, and for wrong data that no response of the contract can have.
    """
    if retry_after < 0:
        raise InvalidFault("retry-after", str(retry_after), "write whole seconds, at least 0")
    delay = Latency.parse(latency) if latency is not None else Latency(0, 0)
    faults = [Fault.parse(text) for text in fail]
    roles = Roles()
    for fault in faults:
        if fault.what in DATA_FAULTS:
            contract = contract or Contract.load()
            roles = contract.roles
            _check_possible(fault, contract)
    return _FaultInjector(app, delay, Schedule(faults, seed), seed, retry_after, roles)


def _check_possible(fault: Fault, contract: Contract) -> None:
    if not DATA_FAULTS[fault.what].is_possible(contract):
        possible = [name for name, kind in DATA_FAULTS.items() if kind.is_possible(contract)]
        fix = f"use another kind: {listed_names(possible)}" if possible else "use a status, drop or hang"
        raise InvalidFault("fail", fault.text, f"no response of the contract can have this fault; {fix}")


class _FaultInjector:
    def __init__(
        self,
        app: ASGIApp,
        latency: Latency,
        schedule: Schedule,
        seed: int,
        retry_after: int,
        roles: Roles,
    ) -> None:
        self._app, self._latency, self._schedule, self._retry_after = app, latency, schedule, retry_after
        self._roles = roles
        self._random = Random(f"latency {seed}")  # a separate generator: latency does not change the failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fault = self._schedule.next()
        await asyncio.sleep(self._latency.draw(self._random))
        match fault:
            case None:
                await self._app(scope, receive, send)
            case Fault(what="drop"):
                raise ConnectionDropped(fault.text)
            case Fault(what="hang"):
                await _wait_for_disconnect(receive)
            case Fault(what=kind) if kind in DATA_FAULTS:
                exchange, headers = (scope, receive, send), {HEADER: fault.text}
                await call_with_wrong_data(self._app, DATA_FAULTS[kind], self._roles, headers, exchange)
            case _:
                await self._rejection(fault).response()(scope, receive, send)

    def _rejection(self, fault: Fault) -> Rejection:
        headers = {HEADER: fault.text}
        if fault.what in RETRY_LATER:
            headers["Retry-After"] = str(self._retry_after)
        kind = "server_error" if fault.what >= "500" else "invalid_request_error"
        message = f"Injected failure: {fault.text}."
        return Rejection(int(fault.what), message, code="injected", kind=kind, headers=headers)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
