"""A run in a thread of its own, so that pytest's items and a terminal can wait for its outcomes."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any

from conformance.engine import Outcome, Run, RunResult, Unreachable
from conformance.errors import UsageError
from conformance.report import Redactor

from .prepare import Prepared

STOP_SECONDS = 10.0


class SuiteBroke(Exception):
    """The run ended by an error of the suite's own: its ``summary`` and ``traceback``, without a credential."""

    def __init__(self, error: BaseException, redactor: Redactor) -> None:
        self.summary = redactor.text("".join(traceback.format_exception_only(error)).strip())
        self.traceback = redactor.text("".join(traceback.format_exception(error)))
        super().__init__(f"the suite itself broke, the target is not to blame: {self.summary}")


class BackgroundRun:
    """A run of *prepared* that begins with ``start`` and ends by itself, or with ``stop``."""

    def __init__(self, prepared: Prepared, selected: Sequence[str] | None = None) -> None:
        self._redactor = prepared.redactor
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
        """Begin, and return once the target has answered. Raises UsageError, or SuiteBroke."""
        self._thread.start()
        self._reached.result()

    def outcome(self, id: str) -> Outcome:
        """Wait for the outcome of one requirement. Raises SuiteBroke.

        An interruption first ends the run: pytest then parses sources, which no other thread may do meanwhile
        (python/cpython#106905).
        """
        try:
            return self._outcomes[id].result()
        except KeyboardInterrupt:
            self.stop()
            raise

    def wait(self) -> RunResult:
        """Wait for the whole run. Raises SuiteBroke."""
        self._done.result()
        return self.run.result()

    def stop(self) -> RunResult:
        """End the run if it is still under way; what is not settled by then stays not-tested.

        A run whose outcomes are all known is no longer cut short: it only closes what it has opened.
        """
        settled = all(_has_result(outcome) for outcome in self._outcomes.values())
        if not settled and self._task is not None:
            with suppress(RuntimeError):  # the loop is closed: the run has ended just now
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        return self.run.result(interrupted=not settled)

    @property
    def broken(self) -> SuiteBroke | None:
        """The error of the suite's own that ended the run, if one did."""
        error = self._done.exception() if self._done.done() else None
        return error if isinstance(error, SuiteBroke) else None

    def _settle(self, outcome: Outcome) -> None:
        self._outcomes[outcome.requirement.id].set_result(outcome)

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        error: BaseException | None = None
        try:
            self._task = self._loop.create_task(self.run.execute())
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            error = CancelledError()
        except Unreachable as gone:
            error = Unreachable(gone.kind, self._redactor.text(gone.detail), gone.place)
        except UsageError as caught:
            error = caught
        except BaseException as caught:
            error = SuiteBroke(caught, self._redactor)
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


def _has_result(future: Future[Outcome]) -> bool:
    return future.done() and future.exception() is None
