"""Search for a generated example that fails. Hypothesis is synchronous, so it runs in its own thread.

The search is deterministic: the examples depend only on the seed and on the results.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

from conformance.engine import Probe, ProbeResult, Send
from conformance.generators.hypothesis_lock import HYPOTHESIS

PART = 200
"""Examples that are generated together."""

KEPT = 100
"""Examples that are met and kept: they show what was sent."""

SHRINKS = 15
"""The maximum number of requests to shrink one failing example."""

MakeProbe = Callable[[Any], Probe]
"""Builds the probe for a generated example."""


async def search_examples(
    strategy: Callable[[], Any],
    make_probe: MakeProbe,
    send: Send,
    is_met: Callable[[ProbeResult], bool],
    *,
    examples: int,
    seed: int,
) -> Sequence[ProbeResult]:
    """Send that many *examples* of *strategy*; the last result is the smallest example that is not met, if any.

    Raises what *send* raises.
    """
    sender = _Sender(send)

    def send_example(drawn: Any) -> ProbeResult:
        probe = make_probe(drawn)
        HYPOTHESIS.release()
        try:
            return sender.send(probe)
        finally:
            HYPOTHESIS.acquire()

    def generate() -> Sequence[ProbeResult]:
        with HYPOTHESIS:
            sender.require_open()  # the run may have been cancelled while this thread waited
            return _generate(strategy, send_example, is_met, examples, seed)

    generating = _in_thread(generate)
    try:
        return await asyncio.shield(generating)
    except _Closed as closed:
        raise closed.__cause__ or closed from None
    except asyncio.CancelledError:
        sender.close()
        with suppress(_Closed):
            await generating
        raise
    finally:
        if generating.done():
            sender.forget()


def _in_thread(function: Callable[[], Sequence[ProbeResult]]) -> asyncio.Future[Sequence[ProbeResult]]:
    """Call *function* in a thread of its own, which does not keep the process alive at its end."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def work() -> None:
        try:
            found = function()
        except BaseException as error:
            _settle(loop, ended, partial(ended.set_exception, error))
        else:
            _settle(loop, ended, partial(ended.set_result, found))

    threading.Thread(target=work, name="conformance-search", daemon=True).start()
    return ended


def _settle(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], settle: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed, and the future with it
        loop.call_soon_threadsafe(lambda: None if future.done() else settle())


class _Closed(BaseException):
    """Ends the Hypothesis thread. Not an Exception, which Hypothesis would treat as a failing example."""


class _Sender:
    """Sends probes from the Hypothesis thread through the event loop, until closed; a thread cannot be canceled."""

    def __init__(self, send: Send) -> None:
        self._send, self._loop = send, asyncio.get_running_loop()
        self._closed = False
        self._waiting: Future[ProbeResult] | None = None

    def send(self, probe: Probe) -> ProbeResult:
        """Send *probe*. Raises _Closed; its cause is the exception that sending raised, if it raised one."""
        self.require_open()
        self._waiting = asyncio.run_coroutine_threadsafe(_send(self._send, probe), self._loop)
        if self._closed:
            self._waiting.cancel()
        try:
            return self._waiting.result()
        except CancelledError:
            raise _Closed from None
        except Exception as error:
            raise _Closed from error

    def require_open(self) -> None:
        """Raise _Closed after ``close``."""
        if self._closed:
            raise _Closed

    def close(self) -> None:
        """Send no more probes, and do not wait for a response."""
        self._closed = True
        if self._waiting is not None:
            self._waiting.cancel()

    def forget(self) -> None:
        """Drop the run after the last probe: Hypothesis holds its test, and so this object, in reference cycles."""
        self._closed, self._waiting = True, None
        del self._send, self._loop


async def _send(send: Send, probe: Probe) -> ProbeResult:
    return await send(probe)


class _Unmet(Exception):
    """Reports to Hypothesis that an example fails."""


def _generate(
    strategy: Callable[[], Any],
    send_example: Callable[[Any], ProbeResult],
    is_met: Callable[[ProbeResult], bool],
    examples: int,
    seed: int,
) -> Sequence[ProbeResult]:
    """Search part by part: Hypothesis keeps what it has generated, which takes much memory for many examples."""
    found: Sequence[ProbeResult] = ()
    for start in range(0, examples, PART):
        number = min(PART, examples - start)
        found = _generate_part(strategy, send_example, is_met, number, seed + start)
        if not all(map(is_met, found)):
            break
    return found


def _generate_part(
    strategy: Callable[[], Any],
    send_example: Callable[[Any], ProbeResult],
    is_met: Callable[[ProbeResult], bool],
    examples: int,
    seed: int,
) -> Sequence[ProbeResult]:
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    from conformance.generators.hypothesis_provider import BACKEND

    met: deque[ProbeResult] = deque(maxlen=KEPT)
    unmet: list[ProbeResult] = []
    sent = count()

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
        if next(sent) >= examples + SHRINKS:
            return
        result = send_example(drawn)
        if is_met(result):
            met.append(result)
            return
        unmet.append(result)
        raise _Unmet

    try:
        example()
    except Exception:
        if not unmet:
            raise
    found = [*met, *_smallest(unmet)]
    met.clear()  # Hypothesis holds the test in reference cycles
    unmet.clear()
    return found


def _smallest(unmet: Sequence[ProbeResult]) -> Sequence[ProbeResult]:
    """The result with the smallest request body; of equal sizes the last, because Hypothesis shrinks step by step."""
    if not unmet:
        return []
    return [min(reversed(unmet), key=lambda result: len(result.exchange.request.body or b""))]
