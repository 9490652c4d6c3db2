"""Signals that end a run. They may end it early, but its reports must be complete."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """In this context, SIGTERM raises KeyboardInterrupt, as SIGINT does. No effect outside of the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def first_signal_ignored() -> Iterator[None]:
    """In this context, the first SIGINT or SIGTERM is ignored, so that the reports can be written.

    Later signals of either kind act as before, since a report may go to a pipe without a reader.
    No effect outside of the main thread.
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
