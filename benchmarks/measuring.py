"""Measure two functions side by side, and commands.

The functions take turns, so that a slow moment of the machine hits both. Times are CPU times of the thread: other
processes do not add to them.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.table import Spread

SECONDS = 3.0
"""For one comparison, but at least TURNS turns."""

TURNS = 5

Reader = Callable[[bytes], object]


@dataclass(frozen=True)
class Comparison:
    """The times of both sides, in seconds, and the ratios of all turns."""

    ours: float
    theirs: float
    ratio: Spread


def compare(bodies: Sequence[bytes], ours: Reader, theirs: Reader, *, calls: int = 1) -> Comparison:
    """Compare two readers of *bodies*: each turn reads one of them, with each reader so many *calls* times.

    Different bodies of one kind keep the processor from learning one of them by heart. The second reader of a body
    finds it in the processor's cache, so the readers take turns at that too.
    """
    times: list[tuple[float, float]] = []
    end = time.monotonic() + SECONDS
    for reader in (ours, theirs):
        reader(bodies[0])
    orders = cycle(((ours, theirs), (theirs, ours)))
    for order, body in ((order, body) for order in orders for body in bodies):
        if len(times) >= TURNS and time.monotonic() > end:
            break
        taken = {reader: _seconds(reader, body, calls) for reader in order}
        times.append((taken[ours], taken[theirs]))
    ratio = Spread.of([one / other for one, other in times])
    return Comparison(median(one for one, _ in times), median(other for _, other in times), ratio)


def _seconds(read: Reader, body: bytes, calls: int) -> float:
    """The CPU time of one call, and of freeing its result: a result of three million objects has that cost too."""
    start = time.thread_time()
    for _ in range(calls):
        read(body)
    return (time.thread_time() - start) / calls


@dataclass(frozen=True)
class Process:
    """A command that has ended: its exit code, its times in seconds, and its peak memory in bytes."""

    code: int
    wall: float
    cpu: float
    memory: int


def run(command: Sequence[object], folder: Path, **variables: str) -> Process:
    """Run *command* in *folder*, without its output. Its modules are compiled only once, as installed ones are."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**kept, **variables},
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Process(process.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def in_turns(rounds: int, *measures: Callable[[], Any]) -> list[list[Any]]:
    """The results of each of *measures*, which take turns for so many *rounds*."""
    found: list[list[Any]] = [[] for _ in measures]
    for _ in range(rounds):
        for results, measure in zip(found, measures, strict=True):
            results.append(measure())
    return found
