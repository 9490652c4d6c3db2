"""Signals that end a run: they may cut it short, and must not cut its reports."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """While this lasts, SIGTERM raises KeyboardInterrupt, as SIGINT does.

    Nothing changes outside of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def deferred() -> Iterator[None]:
    """While this lasts, the first SIGINT or SIGTERM does nothing: what is under way, writing the reports, is short.

    From the second on, of either kind, they act as before: a report may go to a pipe that nobody reads.
    Nothing changes outside of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sort: signal.getsignal(sort) for sort in (signal.SIGINT, signal.SIGTERM)}

    def restore(_number: int = 0, _frame: FrameType | None = None) -> None:
        for sort, handler in before.items():
            signal.signal(sort, handler)

    for sort in before:
        signal.signal(sort, restore)
    try:
        yield
    finally:
        restore()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
