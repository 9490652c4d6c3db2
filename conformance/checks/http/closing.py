"""Area ``http``: the end of a connection that a client does not want to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_in_sequence,
)
from conformance.http_client import CLOSE_SECONDS, Transport

CLOSED = "a closed connection after the response"

TRIES = 2
"""A busy machine may delay one end."""

TRAILERS = ("TE", "trailers")
"""A header that must be named in ``Connection`` (RFC 9110, section 10.1.4)."""

FORMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Connection: close": (("Connection", "close"),),
    "Connection: TE, close": (TRAILERS, ("Connection", "TE, close")),
    "Connection: CLOSE": (("Connection", "CLOSE"),),
    "two Connection headers": (TRAILERS, ("Connection", "TE"), ("Connection", "close")),
}
"""Headers of requests after which a server must close the connection (RFC 9110, sections 5.3 and 7.6.1)."""


def _close(context: Context, requirement: Requirement) -> Check:
    tries = [
        [replace(probe, occurrence=("close", n)) for n in range(TRIES)] for probe in _last_requests(context)
    ]

    @judges_all(CLOSED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from as_expected([result for result in results if result.probe.expect is Expect.ACCEPT])
        by_key = {result.probe.key: result for result in results}
        for probes in tries:
            sent = [by_key[probe.key] for probe in probes if probe.key in by_key]
            if len(sent) == TRIES and all(result.exchange.left_open for result in sent):
                found = f"an open connection {CLOSE_SECONDS:g} s later"
                yield evidence(sent[-1], CLOSED, found=found)

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        """Send each probe once, and those again whose connection stays open."""
        first = await send_in_sequence(send, [kind[0] for kind in tries])
        again = [kind[1:] for kind, result in zip(tries, first, strict=True) if result.exchange.left_open]
        return [*first, *await send_in_sequence(send, [probe for kind in again for probe in kind])]

    return Check(
        requirement,
        tuple(kind[0] for kind in tries),
        judge,
        (context.authorized_by,),
        procedure=procedure,
        extra=len(tries) * (TRIES - 1),
    )


def _last_requests(context: Context) -> Iterator[Probe]:
    """Requests on new connections, with headers that say that each is the last one.

    The last one is malformed. Other requirements judge its status.
    """
    close = FORMS["Connection: close"]
    malformed = "Connection: close, with malformed JSON"
    for probe in (
        *(context.plain_probe(form, Expect.ACCEPT, headers=_with(context, h)) for form, h in FORMS.items()),
        context.plain_probe(malformed, Expect.REJECT, headers=_with(context, close), body=b"{"),
    ):
        request = replace(probe.request, transport=Transport(until_closed=True))
        yield replace(probe, request=request, after=())


def _with(context: Context, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return (*context.authorized, *headers)


CHECKS: Makers = {"http.connection.close": _close}
