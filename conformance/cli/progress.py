"""The progress of a run, on a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from conformance.engine import Verdict

from .rich_console import console

if TYPE_CHECKING:
    from conformance.runner.background import BackgroundRun

REFRESH_SECONDS = 0.1


@contextmanager
def shown_progress(background: BackgroundRun) -> Iterator[None]:
    """Show the progress of *background* on the standard error while the context is open, if that is a terminal."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield
        return
    ended = threading.Event()
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=out, transient=True) as progress:
        watcher = threading.Thread(target=_watch, args=(background, progress, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _watch(background: BackgroundRun, progress: Progress, ended: threading.Event) -> None:
    run = background.run
    task = progress.add_task("waiting for the target", total=run.planned_requests)
    while not ended.wait(REFRESH_SECONDS):
        counts = run.counts()
        verdicts = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
        description = f"{verdicts or 'no verdict yet'}; request {run.requests} of {run.planned_requests}"
        progress.update(task, completed=min(run.requests, run.planned_requests), description=description)
