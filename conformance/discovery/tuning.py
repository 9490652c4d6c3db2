"""What load the target bears, as far as the few requests show it."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

from .findings import Finding, guessed

SLOW = 5.0
"""Seconds from which on an answer is slow."""

AT_ONCE = 2
"""Requests at once that a slow target is asked to bear."""

PATIENCE = 4
"""How many times as long as the slowest answer a run is to wait: others are under way at the same time."""


def load_findings(slowest: float, rate: float | None, timeout: float) -> Iterator[Finding]:
    """What follows from the *slowest* answer, in seconds, and the *rate* that was too high, in requests a second.

    A time-out is only told where it is longer than *timeout*, the one that holds without being told.
    """
    if rate is not None:
        sentence = f"it answered 429 once there were more than about {_rounded(rate):g} requests a second"
        yield guessed(sentence, "rate", _rounded(rate))
    if slowest > SLOW:
        sentence = f"the slowest answer took {slowest:.1f} s"
        yield guessed(sentence, "concurrency", AT_ONCE)
        if PATIENCE * slowest > timeout:
            yield guessed(sentence, "timeout", ceil(PATIENCE * slowest))


def _rounded(rate: float) -> float:
    """*rate* rounded down to two digits."""
    step = 10.0 ** (floor(log10(rate)) - 1)
    return float(f"{floor(rate / step) * step:.12g}")
