"""The progress of a run on the standard error: a bar on a terminal, and lines of a log elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from .live import LiveFailures, ProgressLog, WatchedRun, bar_text
from .rich_console import make_console

if TYPE_CHECKING:
    from conformance.runner.background import BackgroundRun
    from conformance.runner.prepare import Prepared

REFRESH_SECONDS = 0.1

Update = Callable[[], None]


@contextmanager
def shown_progress(prepared: Prepared, background: BackgroundRun) -> Iterator[None]:
    """Show the progress of *background* while the context is open.

    A terminal gets a bar, which is removed at the end, and above it a line for each failure that counts.
    """
    run = background.run
    failures = LiveFailures(run, prepared.judge, prepared.redactor.text)
    ended = threading.Event()
    with _bar(run, failures) if _is_terminal() else _log(run, failures) as update:
        watcher = threading.Thread(target=_watch, args=(update, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _is_terminal() -> bool:
    out = make_console(stderr=True)
    return out.is_terminal and not out.is_dumb_terminal and out.file.isatty()


def _watch(update: Update, ended: threading.Event) -> None:
    with suppress(OSError, ValueError):  # the standard error was closed: the run goes on
        while not ended.wait(REFRESH_SECONDS):
            update()
        update()


@contextmanager
def _log(run: WatchedRun, failures: LiveFailures) -> Iterator[Update]:
    log = ProgressLog(run, failures)

    def update() -> None:
        for line in log.lines():
            print(line, file=sys.stderr, flush=True)

    yield update


@contextmanager
def _bar(run: WatchedRun, failures: LiveFailures) -> Iterator[Update]:
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=make_console(stderr=True), transient=True) as progress:
        task = progress.add_task("waiting for the target", total=run.planned_requests)

        def update() -> None:
            for line in failures.new():
                shown = Text(line, "red", no_wrap=True)
                shown.truncate(progress.console.width, overflow="ellipsis")
                progress.console.print(shown)
            sent = min(run.requests, run.planned_requests)
            progress.update(task, completed=sent, description=bar_text(run))

        yield update
