"""The progress of a run, live on a terminal: verdicts, requests and the time that is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from conformance.engine import Verdict
from conformance.runner.background import BackgroundRun

from .console import console

SECONDS = 0.1
"""Between two looks."""


@contextmanager
def shown_progress(background: BackgroundRun) -> Iterator[None]:
    """Show how far *background* is, on the standard error if that is a terminal, for as long as this lasts."""
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
    while not ended.wait(SECONDS):
        counts = run.counts()
        shown = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
        told = f"{shown or 'no verdict yet'}; request {run.requests} of {run.planned_requests}"
        progress.update(task, completed=min(run.requests, run.planned_requests), description=told)
