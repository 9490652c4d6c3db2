"""Faults that any exchange can show: of its framing, of its connection, and of the target's process.

The requirement that each kind violates is judged on all exchanges of a run. The check whose probe happened to meet the
fault does not fail for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.http_client import Exchange, FailureKind, UnrequestedBytes
from conformance.text import counted

from .check import FaultKind, Probe
from .evidence import Evidence

MAX_EVIDENCE = 10
"""Exchanges that are kept for one kind of fault."""

BAD_GATEWAY = 502
"""The response of a proxy whose backend dropped the request (RFC 9110, section 15.6.3)."""

LENGTHS = ("content-length", "transfer-encoding")
"""Headers that a response must not have together (RFC 9112, section 6.2): some clients reject it."""

HARMLESS = (b"HTTP/1.0 408", b"HTTP/1.1 408")
"""A server may announce that it closes an idle connection (RFC 9110, section 15.5.9)."""


class FaultLog:
    """The faults of a run, by kind."""

    def __init__(self) -> None:
        self._found: dict[str, list[Evidence]] = {kind: [] for kind in FaultKind}
        self._unrequested = 0

    def of(self, kind: str) -> Sequence[Evidence]:
        """The evidence of one kind of fault; none for a kind that only a reader finds."""
        return tuple(self._found.get(kind, ()))

    @property
    def of_connections(self) -> bool:
        """Whether responses on kept connections may belong to other requests."""
        return bool(self._found[FaultKind.EXTRA_BYTES] or self._found[FaultKind.UNREAD_BODY])

    def add(self, kind: FaultKind, evidence: Evidence) -> None:
        """Record a fault."""
        if len(self._found[kind]) < MAX_EVIDENCE:
            self._found[kind].append(evidence)

    def observe(self, probe: Probe, exchange: Exchange) -> None:
        """Record the bytes that followed the response, and a response with two lengths."""
        if exchange.response is not None and all(map(exchange.response.header, LENGTHS)):
            expected = "Content-Length or Transfer-Encoding"
            evidence = Evidence(expected, "a response with both", exchange, probe.description)
            self.add(FaultKind.FRAMING, evidence)
        if exchange.extra and not exchange.request.offers_upgrade:  # it arrives at once, or later
            self._observe_extra(probe, exchange)

    def _observe_extra(self, probe: Probe, exchange: Exchange) -> None:
        """Record bytes after the response: the response to an unread trailer, unless other requests get such bytes."""
        evidence = _extra(exchange, exchange.extra, probe.description)
        answers_trailer = exchange.request.transport.trailers and exchange.extra.startswith(b"HTTP/")
        if answers_trailer and not self._found[FaultKind.EXTRA_BYTES]:
            found = f"the trailer after the body was read as a request; {evidence.actual}"
            evidence = replace(
                evidence, expected="each trailer is read, or the connection is closed", actual=found
            )
            self.add(FaultKind.UNREAD_BODY, evidence)
        else:
            self.add(FaultKind.EXTRA_BYTES, evidence)

    def observe_malformed(self, probe: Probe, exchange: Exchange) -> FaultKind | None:
        """Record a response that is malformed; the kind of its fault, or None if it is well-formed."""
        if not is_malformed(exchange):
            return None
        assert exchange.failure is not None
        evidence = Evidence("a valid HTTP response", exchange.failure.detail, exchange, probe.description)
        self.add(FaultKind.FRAMING, evidence)
        return FaultKind.FRAMING

    def observe_unrequested(self, found: Sequence[UnrequestedBytes]) -> None:
        """Record the bytes that arrived on kept connections without a request; *found* are those of the run so far."""
        new, self._unrequested = found[self._unrequested :], len(found)
        for one in new:
            if not one.data.startswith(HARMLESS) and one.data.strip(b"\r\n"):
                self.add(FaultKind.EXTRA_BYTES, _extra(one.exchange, one.data))


def was_dropped(exchange: Exchange) -> bool:
    """Whether the target, or the backend of a proxy, dropped the request."""
    if exchange.response is not None:
        return exchange.status == BAD_GATEWAY
    return exchange.was_dropped


def is_malformed(exchange: Exchange) -> bool:
    """Whether the target answered with something that is not a complete, valid HTTP response of acceptable size."""
    malformed = (FailureKind.PROTOCOL, FailureKind.NOT_HTTP, FailureKind.TOO_LARGE)
    return exchange.was_cut or (exchange.failure is not None and exchange.failure.kind in malformed)


def _extra(exchange: Exchange, data: bytes, probe: str = "") -> Evidence:
    found = f"at least {counted(len(data), 'byte')} more: {data[:60]!r}"
    return Evidence("nothing after the complete response", found, exchange, probe)
