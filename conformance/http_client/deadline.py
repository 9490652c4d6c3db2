"""One deadline for a whole exchange: a response after it is a timeout. The result is data, not an exception."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable

from .models import Exchange, ExchangeError, Failure, FailureKind, Request, Response, one_line
from .response_reader import Progress


def check_timeout(timeout: float) -> float:
    """Return the timeout, in seconds. Raises ValueError if it is not a positive, finite number."""
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ValueError(f"timeout: expected a positive number of seconds, found {timeout!r}")
    return timeout


async def with_deadline(
    request: Request, response: Awaitable[Response], *, timeout: float, progress: Progress
) -> Exchange:
    """Await a response for at most `timeout` seconds. A response that is complete only later is a timeout too."""
    started = time.perf_counter()
    received: Response | None = None
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout):
            received = await response
    except ExchangeError as error:
        failure = _allowed(request, error.failure)
    except TimeoutError:
        failure = _timed_out(timeout, progress)
    seconds = time.perf_counter() - started
    if received is not None and seconds > timeout:
        # An in-process application that blocks the event loop also delays asyncio's timeout.
        received, failure = None, _timed_out(timeout, progress)
    return Exchange(
        request,
        received,
        failure,
        seconds,
        progress.before,
        progress.closed_while_idle and failure is not None,
        progress.extra,
        tuple(progress.interim),
        progress.left_open,
    )


def _allowed(request: Request, failure: Failure) -> Failure:
    """*failure*; none of the target if it closed the connection of a request that is not valid HTTP.

    The rest of such a request may reset the connection before the response is read (RFC 9112, sections 6.3 and 9.6).
    """
    if request.transport.lengths and failure.kind is FailureKind.DROPPED:
        return Failure(FailureKind.ABANDONED, one_line(f"the target closed the connection: {failure.detail}"))
    return failure


def _timed_out(timeout: float, progress: Progress) -> Failure:
    detail = f"no response in {timeout:g} s ({progress.stage})"
    return Failure(FailureKind.TIMEOUT, one_line(detail))
