"""Run blocking functions in threads, like ``asyncio.to_thread``. They do not keep the process alive."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

MAX_THREADS = min(32, (os.cpu_count() or 1) + 4)
"""As many as in asyncio's own executor."""

Job = tuple[Future[Any], Callable[[], Any]]


class DaemonExecutor(ThreadPoolExecutor):
    """An executor whose threads end with the process.

    The end of a process waits for the threads of other executors, also for a thread that never ends: an application may
    block in one.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)  # it starts its threads in its own ``submit`` only
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._lock = Lock()
        self._started = self._unfinished = 0
        self._is_closed = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run *function* in a thread. Raises RuntimeError after ``shutdown``."""
        future: Future[Any] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the executor was shut down")
            self._unfinished += 1
            self._jobs.put((future, partial(function, *args, **kwargs)))
            if self._started < min(self._unfinished, MAX_THREADS):
                self._started += 1
                Thread(target=self._work, name="conformance-blocking", daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - as in Executor
        """Let the threads end after their work, without waiting for them."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._started):
                self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            _run(*job)
            del job  # it refers to a result, which must not live as long as this thread
            with self._lock:
                self._unfinished -= 1


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
