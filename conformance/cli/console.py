"""Output on a terminal: lines, and the progress of a run. Colors only if the terminal displays them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from conformance.engine import Verdict
from conformance.report import Line, visible

if TYPE_CHECKING:
    from conformance.runner.background import BackgroundRun

NO_COLOR_IF_SET = ("NO_COLOR", "CI")

REFRESH_SECONDS = 0.1


class _Console(Console):
    """A console that raises the error of a closed pipe, so that the command decides on the exit code."""

    def on_broken_pipe(self) -> None:
        """Raise the error again, where Console exits with code 1."""
        raise


def console(*, stderr: bool = False) -> Console:
    """A console without colors if it is not a terminal, or if NO_COLOR or CI is set and not empty."""
    plain = any(os.environ.get(name) for name in NO_COLOR_IF_SET)
    return _Console(
        stderr=stderr,
        force_terminal=False if plain else None,
        color_system=None if plain else "auto",
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def print_lines(lines: Iterable[Line]) -> None:
    """Print *lines* to the standard output, with control characters escaped.

    Long lines are not wrapped, so that a curl line can be copied.
    """
    out = console()
    for line in lines:
        out.print(Text(visible(line.text), line.style))


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
