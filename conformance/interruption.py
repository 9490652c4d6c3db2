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
    """While this lasts, SIGINT and SIGTERM do nothing: what is under way, writing the reports, is short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {sort: signal.signal(sort, signal.SIG_IGN) for sort in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sort, handler in before.items():
            signal.signal(sort, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
