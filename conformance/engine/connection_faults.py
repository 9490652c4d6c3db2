"""Finds out whether unread bytes of an earlier request on the same connection explain a surprising response."""

from __future__ import annotations

from dataclasses import replace

from conformance.http_client import Exchange, Request

from .check import Evidence, FaultKind, Probe
from .transmission import Transmission


async def answered_for_unread_body(
    transmission: Transmission, probe: Probe, surprising: Exchange
) -> Exchange:
    """The exchange to judge, for a *surprising* one on a kept connection.

    If the same request is answered as expected on a new connection, and if the surprise comes back after the same
    requests, but not after the same requests without bodies, then the target did not read a body: that is recorded as
    a fault of its own, and the new exchange is judged. In any other case the surprising exchange is judged: a response
    of 2xx cannot come from unread bytes, for example, while a missing rejection is a fault.
    """
    if 200 <= surprising.status < 300:
        return surprising
    async with transmission.throttle.exclusive_slot(-1):
        fresh = (await transmission.send(probe, after=())).exchange
        if not probe.is_met_by(fresh.status):
            return surprising
        if not await explained_by_bodies(transmission, probe, surprising.before):
            return surprising
    last = surprising.before[-1]
    found = f"the body of the {last.method} request before it was read as a request"
    evidence = Evidence(
        "each body is read, or the connection is closed", found, surprising, probe.description
    )
    transmission.faults.add(FaultKind.UNREAD_BODY, evidence)
    return fresh


async def explained_by_bodies(transmission: Transmission, probe: Probe, before: tuple[Request, ...]) -> bool:
    """Whether *probe* fails on one connection after the requests *before* it, and not after them without bodies."""
    replayed = (await transmission.send(probe, after=before)).exchange
    if probe.is_met_by(replayed.status):
        return False
    without = tuple(replace(request, body=None) for request in before)
    return probe.is_met_by((await transmission.send(probe, after=without)).exchange.status)
