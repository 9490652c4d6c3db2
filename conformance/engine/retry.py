"""How long to wait for a target that asks for it."""

from __future__ import annotations

import email.utils
import time

from conformance.http_client import Exchange

BUSY = frozenset({429, 503})
"""Statuses that ask for another try later (RFC 6585, 4; RFC 9110, 15.6.4)."""

FIRST_PAUSE = 1.0
"""Seconds before the first new try where the answer names none; each further pause is twice as long."""


def is_busy(exchange: Exchange) -> bool:
    """Whether the target asked for another try later."""
    return exchange.response is not None and exchange.response.status in BUSY


def asks_for_quiet(exchange: Exchange) -> bool:
    """Whether the target asked for it in general: a bare 503 may be the fault of the one request that it answers."""
    response = exchange.response
    return response is not None and (response.status == 429 or response.header("retry-after") is not None)


def retry_after(exchange: Exchange, attempt: int) -> float:
    """Seconds to wait before try *attempt* + 1.

    What the answer's ``Retry-After`` says (RFC 9110, 10.2.3: a number of seconds, or a date), or where it says nothing
    that can be understood, a time that grows.
    """
    value = (exchange.response and exchange.response.header("retry-after")) or ""
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return FIRST_PAUSE * 2.0 ** (attempt - 1)
