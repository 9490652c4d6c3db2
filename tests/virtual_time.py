"""An event loop whose time passes at once when nothing else is left to do: no test waits, or depends on the machine."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

STEP = 1e-6
"""Seconds of one step of the loop: what happens later has a later time, as with a real clock."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Counts the seconds that its tasks wait for, and does not wait for them."""

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """The virtual time; a new loop begins at 0."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self._seconds += seconds


class _Selector(selectors.DefaultSelector):
    """Advances the time of its loop instead of waiting until the next timer."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.advance(max(STEP, timeout or 0.0))
        return super().select(None if timeout is None else 0)


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run *main* in a new loop, as asyncio.run does."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
