"""A run in its own thread, so that pytest items and a progress display can wait for its outcomes."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from conformance.engine import Outcome, Run, RunResult, Unreachable
from conformance.errors import UsageError
from conformance.exit_codes import Exit
from conformance.report import Redactor

from .daemon_threads import DaemonExecutor
from .outputs import write_outputs
from .prepare import Prepared

T = TypeVar("T")

STOP_SECONDS = 3.0
"""How long ``stop`` waits. Hypothesis cannot be cancelled while it builds its tables, and an application in this
process may never give back control."""

GRACE_SECONDS = 5.0
"""How long a run may take to end in order after its time is up."""


class SuiteError(Exception):
    """An internal error of the suite ended the run. ``summary`` and ``traceback`` contain no credential."""

    def __init__(self, error: BaseException, redactor: Redactor) -> None:
        self.summary = redactor.text("".join(traceback.format_exception_only(error)).strip())
        self.traceback = redactor.text("".join(traceback.format_exception(error)))
        super().__init__(f"internal error in the suite (not a fault of the target): {self.summary}")


class BackgroundRun:
    """A run of *prepared*. It begins with ``start`` and ends by itself, or with ``stop``."""

    def __init__(self, prepared: Prepared, selected: Sequence[str] | None = None) -> None:
        self._redactor, self._max_seconds = prepared.redactor, prepared.configuration.max_seconds
        # The run must not refer to this object: a reference cycle would keep all responses until a late collection.
        self._reached: Future[None] = Future()
        self._outcomes: dict[str, Future[Outcome]] = {}
        self.run: Run = prepared.run(
            selected,
            on_outcome=partial(_settle_outcome, self._outcomes),
            on_reached=partial(_settle, self._reached, None),
        )
        self._outcomes.update((id, Future()) for id in self.run.selected)
        self._done: Future[None] = Future()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(DaemonExecutor())
        self._task: asyncio.Task[RunResult] | None = None
        self._stopping = False
        self._settling = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="conformance-run", daemon=True)

    def start(self) -> None:
        """Start the run, and return after the first response of the target. Raises UsageError and SuiteError."""
        self._thread.start()
        if self._max_seconds is not None:
            threading.Thread(target=self._limit, name="conformance-limit", daemon=True).start()
        self._reached.result()

    def outcome(self, id: str) -> Outcome:
        """Wait for the outcome of one requirement. Raises SuiteError.

        KeyboardInterrupt first ends the run: pytest then parses sources, and no other thread may do that at the same
        time (python/cpython#106905).
        """
        try:
            return self._outcomes[id].result()
        except KeyboardInterrupt:
            self.stop()
            raise

    def wait(self) -> RunResult:
        """Wait for the whole run. Raises SuiteError."""
        self._done.result()
        return self.run.result()

    def stop(self) -> RunResult:
        """End the run now if it has not ended; requirements without an outcome are not-tested."""
        settled = all(_has_result(outcome) for outcome in self._outcomes.values())
        if self._task is not None:
            with suppress(RuntimeError):  # the run has ended and closed its loop
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.is_alive() and not self._stopping:
            self._stopping = True
            self._thread.join(STOP_SECONDS)
        return self.run.result(interrupted=not settled)

    def finish(self) -> RunResult:
        """Wait for the end of a run that only repeats what failed. Stop any other run."""
        if self.run.is_ending or all(_has_result(outcome) for outcome in self._outcomes.values()):
            self._ended.wait()
        return self.stop()

    @property
    def suite_error(self) -> SuiteError | None:
        """The internal error of the suite that ended the run, if there was one."""
        error = self._done.exception() if self._done.done() else None
        return error if isinstance(error, SuiteError) else None

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        error: BaseException | None = None
        try:
            self._task = self._loop.create_task(self.run.execute())
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            error = CancelledError()
        except Unreachable as caught:
            error = Unreachable(caught.kind, self._redactor.text(caught.detail), caught.place)
        except UsageError as caught:
            error = caught
        except BaseException as caught:
            error = SuiteError(caught, self._redactor)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
        self._finish(error)

    def _limit(self) -> None:
        """End the run if it does not end in order: an application that keeps control also stops the run's clock."""
        assert self._max_seconds is not None
        if not self._ended.wait(self._max_seconds + GRACE_SECONDS):
            self._stopping = True  # there is no use in waiting for the thread
            self.run.end_by_time()
            self._finish(None)

    def _finish(self, error: BaseException | None) -> None:
        """Settle all outcomes that are still open, the first time that this is called."""
        with self._settling:
            if not self._ended.is_set():
                self._settle_all(error)
                self._ended.set()

    def _settle_all(self, error: BaseException | None) -> None:
        if error is None:
            outcomes = self.run.result().outcomes
            for id, future in self._outcomes.items():
                _settle(future, outcomes[id])  # a limit ended the run
            _settle(self._reached, None)
            _settle(self._done, None)
            return
        futures: list[Future[Any]] = [self._reached, *self._outcomes.values(), self._done]
        for future in futures:
            if not future.done():
                future.set_exception(error)


def stop_and_write(prepared: Prepared, background: BackgroundRun, code: Exit) -> None:
    """End a run, and write its reports with the exit code *code*."""
    report = prepared.report(background.stop(), code)
    write_outputs(report, prepared.configuration, prepared.baseline)


def _settle_outcome(outcomes: Mapping[str, Future[Outcome]], outcome: Outcome) -> None:
    _settle(outcomes[outcome.requirement.id], outcome)


def _settle(future: Future[T], result: T) -> None:
    """Set the result of *future*, unless it has one: a run that is out of time may go on for a moment."""
    with suppress(InvalidStateError):
        future.set_result(result)


def _has_result(future: Future[Outcome]) -> bool:
    return future.done() and future.exception() is None
