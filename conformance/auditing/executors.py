"""Where pieces are audited: in this process, in processes of this machine, or on a Dask cluster.

All of them have the interface of ``concurrent.futures.Executor``, so the audit itself does not know which one it uses.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.synchronize import Semaphore
from typing import Any, Final

from conformance.errors import ConfigurationError
from conformance.text import clip

from .files import MissingPackage

OpenExecutor = Callable[[], AbstractContextManager[tuple[Executor, int]]]
"""Opens an executor; the number is that of its workers. It is called again if a process of the first was killed."""

CONNECT_SECONDS: Final = 20
"""How long a scheduler may take to respond."""


class InThisProcess(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """The finished future of a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


def usable_cores() -> int:
    """The number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def local_executor(workers: int) -> OpenExecutor:
    """An executor with so many processes; 0: none, in this process."""

    @contextmanager
    def opened() -> Iterator[tuple[Executor, int]]:
        if workers == 0:
            yield InThisProcess(), 1
            return
        can_fork = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
        context = multiprocessing.get_context("fork" if can_fork else "spawn")
        interrupted = context.Semaphore(0)
        pool = _Processes(workers, mp_context=context, initializer=_prepare_process, initargs=(interrupted,))
        try:
            if not can_fork:
                _check_start(pool)
            yield pool, workers
        except KeyboardInterrupt:
            for _ in range(workers):
                interrupted.release()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return opened


def _check_start(pool: Executor) -> None:
    """Raise ConfigurationError if no process can be started. A new process imports the main module again."""
    try:
        pool.submit(int).result()
    except BrokenProcessPool:
        raise ConfigurationError(
            "workers",
            "cannot start a process; in a script, call audit() below: if __name__ == '__main__', or give workers=0",
        ) from None


def dask_executor(scheduler: str | None, client: Any = None) -> OpenExecutor:
    """An executor on the workers of a Dask cluster: of a *client*, or of the *scheduler* at an address.

    Raises ConfigurationError if there is no such scheduler.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingPackage("scheduler", "a Dask cluster", "'embeddings-conformance[cluster]'") from None

    @contextmanager
    def opened() -> Iterator[tuple[Executor, int]]:
        if client is not None:
            yield client.get_executor(pure=False), _threads(client)
            return
        try:
            own = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ConfigurationError(
                "scheduler", f"cannot connect to {clip(str(scheduler))}: {clip(str(error))}"
            ) from None
        with own:
            yield own.get_executor(pure=False), _threads(own)

    return opened


def _threads(client: Any) -> int:
    """The number of tasks that a cluster runs at the same time."""
    threads: list[int] = [*client.nthreads().values()]
    return max(1, sum(threads))


class _Processes(ProcessPoolExecutor):
    """Processes that can be ended in the middle of a task."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """As the base class does."""
        return super().submit(_interruptible, fn, *arguments, **keywords)


_working = threading.Lock()
"""Held while a process computes. It must not end while it sends a result: the first process waits for all of it."""

_ended = threading.Event()


def _interruptible(fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Any:
    with _working:
        if _ended.is_set():
            raise InterruptedError
        return fn(*arguments, **keywords)


def _prepare_process(interrupted: Semaphore) -> None:
    """The first process gets an interruption, and ends the others: a piece takes longer than a user waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_process, args=(interrupted,), daemon=True).start()


def _end_process(interrupted: Semaphore) -> None:
    interrupted.acquire()
    _ended.set()
    if _working.acquire(blocking=False):
        _working.release()
    else:
        signal.raise_signal(signal.SIGTERM)
