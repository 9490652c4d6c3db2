"""A run in a thread of its own, so that pytest's items and a terminal can wait for its outcomes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

from .engine import Outcome, Run, RunResult
from .preparation import Prepared

STOP_SECONDS = 10.0


class BackgroundRun:
    """A run of *prepared* that begins with ``start`` and ends by itself, or with ``stop``."""

    def __init__(self, prepared: Prepared, selected: Sequence[str] | None = None) -> None:
        self._reached: Future[None] = Future()
        self.run: Run = prepared.run(
            selected, on_outcome=self._settle, on_reached=lambda: self._reached.set_result(None)
        )
        self._outcomes: dict[str, Future[Outcome]] = {id: Future() for id in self.run.selected}
        self._done: Future[None] = Future()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[RunResult] | None = None
        self._thread = threading.Thread(target=self._work, name="conformance-run", daemon=True)

    def start(self) -> None:
        """Begin, and return once the target has answered. Raises Unreachable, or what else ended the run."""
        self._thread.start()
        self._reached.result()

    def outcome(self, id: str) -> Outcome:
        """Wait for the outcome of one requirement."""
        return self._outcomes[id].result()

    def wait(self) -> RunResult:
        """Wait for the whole run. Raises what ended it early."""
        self._done.result()
        return self.run.result()

    def stop(self) -> RunResult:
        """End the run if it is still under way; what is not settled by then stays not-tested."""
        ended = self._done.done()
        if not ended and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(STOP_SECONDS)
        return self.run.result(interrupted=not ended)

    def _settle(self, outcome: Outcome) -> None:
        self._outcomes[outcome.requirement.id].set_result(outcome)

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self.run.execute())
        error: BaseException | None = None
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            error = CancelledError()
        except BaseException as caught:
            error = caught
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
        self._finish(error)

    def _finish(self, error: BaseException | None) -> None:
        if error is None:
            self._done.set_result(None)
            return
        futures: list[Future[Any]] = [self._reached, *self._outcomes.values(), self._done]
        for future in futures:
            if not future.done():
                future.set_exception(error)
