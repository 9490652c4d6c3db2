"""When to retry a request, and after which time."""

from __future__ import annotations

import email.utils
import time
from datetime import UTC, datetime

from conformance.http_client import Exchange

BUSY = frozenset({429, 503})
"""Statuses that request a retry later (RFC 6585, section 4; RFC 9110, section 15.6.4)."""

FIRST_PAUSE = 1.0
"""Seconds before the first retry if the response names no time; each further pause is twice as long."""


def is_busy(exchange: Exchange) -> bool:
    """Whether the target requested a retry later."""
    return exchange.status in BUSY


def requests_pause(exchange: Exchange) -> bool:
    """Whether all requests must pause. A 503 without ``Retry-After`` may be caused by its own request only."""
    response = exchange.response
    return response is not None and (response.status == 429 or response.header("retry-after") is not None)


def retry_after(exchange: Exchange, attempt: int) -> float:
    """Seconds to wait between try *attempt* and the next.

    The value of ``Retry-After`` (RFC 9110, section 10.2.3: seconds or a date); without a valid one, a growing time.
    """
    value = (exchange.response and exchange.response.header("retry-after")) or ""
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return max(0.0, _date(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return FIRST_PAUSE * 2.0 ** (attempt - 1)


def _date(value: str) -> datetime:
    """The date *value*. It is in UTC if it names no zone, as in the format of asctime (RFC 9110, section 5.6.7)."""
    date = email.utils.parsedate_to_datetime(value)
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
