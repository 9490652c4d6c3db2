"""One deadline over a whole exchange, and its outcome as data."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable

from .models import Exchange, Failure, FailureKind, Fault, Request, Response, one_line
from .response_reader import Progress


def check_timeout(timeout: float) -> float:
    """Return the time-out, in seconds. Raises ValueError when it is not a positive, finite number."""
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ValueError(f"timeout: expected a positive number of seconds, found {timeout!r}")
    return timeout


async def timed(
    request: Request, answer: Awaitable[Response], *, timeout: float, progress: Progress
) -> Exchange:
    """Await an answer for at most `timeout` seconds. One that is complete only later is a time-out too."""
    started = time.perf_counter()
    response: Response | None = None
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout):
            response = await answer
    except Fault as fault:
        failure = fault.failure
    except TimeoutError:
        failure = _too_late(timeout, progress)
    seconds = time.perf_counter() - started
    if response is not None and seconds > timeout:
        # An application in this process that blocks the event loop also holds up the clock of the time-out.
        response, failure = None, _too_late(timeout, progress)
    return Exchange(request, response, failure, seconds)


def _too_late(timeout: float, progress: Progress) -> Failure:
    return Failure(
        FailureKind.TIMEOUT, one_line(f"no complete answer within {timeout:g} s ({progress.doing})")
    )
