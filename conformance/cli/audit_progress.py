"""The progress of an audit on the standard error: the rate, and the time that is left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from conformance.auditing.run import Progress
from conformance.text import counted

EVERY: Final = 10.0
"""Seconds between two lines."""

MB: Final = 1e6


@contextmanager
def show_audit_progress() -> Iterator[Callable[[Progress], None]]:
    """Yields what prints the progress: on a terminal one line that changes, and elsewhere a line every 10 seconds."""
    started = monotonic()
    is_terminal = sys.stderr.isatty()
    last = started

    def update(progress: Progress) -> None:
        nonlocal last
        now = monotonic()
        if is_terminal:
            print(f"\r{progress_line(progress, now - started)}\033[K", end="", file=sys.stderr, flush=True)
        elif now - last >= EVERY:
            last = now
            print(progress_line(progress, now - started), file=sys.stderr, flush=True)

    try:
        yield update
    finally:
        if is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def progress_line(progress: Progress, seconds: float) -> str:
    """The state after so many *seconds*: megabytes of the files, rate, time left, records, failed requirements."""
    rate = progress.done_bytes / seconds if seconds > 0 else 0.0
    text = f"{seconds:.0f} s: {progress.done_bytes / MB:,.0f}"
    left = ""
    if progress.total_bytes:
        text += f" of {progress.total_bytes / MB:,.0f}"
        remaining = max(0, progress.total_bytes - progress.done_bytes)
        left = f", about {remaining / rate:,.0f} s left" if rate else ""
    failed = f", {counted(len(progress.failed), 'requirement')} failed" if progress.failed else ""
    return f"{text} MB, {rate / MB:,.1f} MB/s{left}; {counted(progress.records, 'record')}{failed}"
