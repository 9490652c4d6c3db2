"""Faults that any exchange can show."""

from __future__ import annotations

import pytest

from conformance.engine import FaultKind
from conformance.engine.faults import FaultLog
from conformance.http_client import Exchange, Request, Response, Transport, UnrequestedBytes
from tests.engine.fakes import CANARY

MORE = b"HTTP/1.1 400 Bad Request\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "count"), [((), 1), ((("Connection", "Upgrade"), ("upgrade", "h2c")), 0)]
)
def test_extra_bytes_are_a_fault_unless_the_request_offers_another_protocol(
    headers: tuple[tuple[str, str], ...], count: int
) -> None:
    """Whether the second response to such a request arrives with the first one depends on the moment."""
    log = FaultLog()
    log.observe(CANARY, Exchange(Request(headers), Response(422, (), b""), None, 0.1, extra=MORE))
    assert len(log.of(FaultKind.EXTRA_BYTES)) == count
    assert log.of_connections == bool(count)


@pytest.mark.parametrize(
    ("more", "earlier", "kind"),
    [
        (MORE, False, FaultKind.UNREAD_BODY),
        (MORE, True, FaultKind.EXTRA_BYTES),
        (b"}}", False, FaultKind.EXTRA_BYTES),
    ],
)
def test_the_response_to_an_unread_trailer_is_a_fault_of_its_own(
    more: bytes, earlier: bool, kind: FaultKind
) -> None:
    log = FaultLog()
    if earlier:
        log.observe(CANARY, Exchange(Request(), Response(200, (), b""), None, 0.1, extra=MORE))
    request = Request((), transport=Transport(trailers=(("x-key", "value"),)))
    log.observe(CANARY, Exchange(request, Response(200, (), b""), None, 0.1, extra=more))
    assert len(log.of(kind)) == 1 + earlier
    assert bool(log.of(FaultKind.UNREAD_BODY)) is (kind is FaultKind.UNREAD_BODY)


def test_unrequested_bytes_are_recorded_once() -> None:
    log, found = FaultLog(), list[UnrequestedBytes]()
    exchange = Exchange(Request(), Response(200, (), b""), None, 0.1)
    for _ in range(3):
        found.append(UnrequestedBytes(exchange, MORE))
        log.observe_unrequested(found)
        log.observe_unrequested(found)
    assert len(log.of(FaultKind.EXTRA_BYTES)) == 3
