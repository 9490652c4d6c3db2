"""Looking for a generated example that fails, with Hypothesis, which wants a thread of its own.

It is deterministic: what is generated depends on nothing but the seed.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

from conformance.engine import Ask, Probe, ProbeResult

SHRINKS = 60
"""Requests that bringing one failure to its smallest form may cost."""

GENERATING = threading.Lock()
"""Held by the one thread that runs Hypothesis, but while it waits for an answer.

It parses sources, and ``ast`` breaks in several threads at once (python/cpython#106905).
"""

Draw = Callable[[Any], Probe]
"""Makes the probe of a generated example."""


async def search(
    strategy: Callable[[], Any],
    draw: Draw,
    ask: Ask,
    is_met: Callable[[ProbeResult], bool],
    *,
    examples: int,
    seed: int,
) -> Sequence[ProbeResult]:
    """Answers to so many *examples* of *strategy*; where one is not met, its smallest form comes last.

    Raises what *ask* raises.
    """
    caller = _Caller(ask)

    def put(drawn: Any) -> ProbeResult:
        probe = draw(drawn)
        GENERATING.release()
        try:
            return caller.put(probe)
        finally:
            GENERATING.acquire()

    def generate() -> Sequence[ProbeResult]:
        with GENERATING:
            return _generate(strategy, put, is_met, examples, seed)

    generating = asyncio.create_task(asyncio.to_thread(generate))
    try:
        return await asyncio.shield(generating)
    except _Closed as closed:
        raise closed.__cause__ or closed from None
    except asyncio.CancelledError:
        caller.close()
        with suppress(_Closed):
            await generating
        raise


class _Closed(BaseException):
    """Ends the thread that generates; Hypothesis would take an Exception for an example that fails."""


class _Caller:
    """The way from the thread that generates to the loop that asks, until it is closed: a thread is never cancelled."""

    def __init__(self, ask: Ask) -> None:
        self._ask, self._loop = ask, asyncio.get_running_loop()
        self._closed = False
        self._waiting: Future[ProbeResult] | None = None

    def put(self, probe: Probe) -> ProbeResult:
        """The answer to *probe*. Raises _Closed, because of what asking raised where it did."""
        if self._closed:
            raise _Closed
        self._waiting = asyncio.run_coroutine_threadsafe(_put(self._ask, probe), self._loop)
        if self._closed:
            self._waiting.cancel()
        try:
            return self._waiting.result()
        except CancelledError:
            raise _Closed from None
        except Exception as error:
            raise _Closed from error

    def close(self) -> None:
        """Put nothing more, and wait for no answer."""
        self._closed = True
        if self._waiting is not None:
            self._waiting.cancel()


async def _put(ask: Ask, probe: Probe) -> ProbeResult:
    return await ask(probe)


class _Unmet(Exception):
    """Tells Hypothesis that an example fails."""


def _generate(
    strategy: Callable[[], Any],
    put: Callable[[Any], ProbeResult],
    is_met: Callable[[ProbeResult], bool],
    examples: int,
    seed: int,
) -> Sequence[ProbeResult]:
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    from conformance.generators.hypothesis_provider import BACKEND

    met: list[ProbeResult] = []
    unmet: list[ProbeResult] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
        backend=BACKEND,
    )
    @hypothesis.given(strategy())
    def example(drawn: Any) -> None:
        if len(unmet) + len(met) >= examples + SHRINKS:
            return
        answer = put(drawn)
        if is_met(answer):
            met.append(answer)
            return
        unmet.append(answer)
        raise _Unmet

    try:
        example()
    except Exception:
        if not unmet:
            raise
    return [*met, *_smallest(unmet)]


def _smallest(unmet: Sequence[ProbeResult]) -> Sequence[ProbeResult]:
    """The smallest, of equals the last: Hypothesis ends with what it has brought to its smallest form."""
    if not unmet:
        return []
    return [min(reversed(unmet), key=lambda answer: len(answer.exchange.request.body or b""))]
