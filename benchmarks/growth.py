"""How a run grows with ``--conformance-examples``, and with the limit of a batch: ``docs/how-to/growth.svg``.

The server is the reference over loopback. Seconds and memory are those of the command's process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from benchmarks.measuring import run
from benchmarks.runs import MEGABYTE, command_of
from benchmarks.servers import Served, served
from benchmarks.table import HERE, Row, Spread, time_text

PLOT = HERE.parent / "docs" / "how-to" / "growth.svg"
EXAMPLES = (10, 40, 100, 200, 400, 800)
BATCHES = (16, 64, 256, 1024, 2048)
DEFAULT = 40


@dataclass(frozen=True)
class Point:
    """What one run cost; ``value`` is that of its option."""

    value: int
    requests: int
    tokens: int
    seconds: float
    memory: float


def rows() -> Iterator[Row]:
    """The growth from the default number of examples to the largest, and the plot."""
    with TemporaryDirectory() as name, served("plain", Path(name)) as server:
        examples = [_point(server, Path(name), n, "--examples", str(n)) for n in EXAMPLES]
        batches = [_point(server, Path(name), n, "--limit", f"batch={n}") for n in BATCHES]
    _plot(examples, batches)
    first = next(point for point in examples if point.value == DEFAULT)
    last = examples[-1]
    measured, against = (
        f"run with {last.value} examples for each property",
        f"{first.value} examples, the default",
    )
    shown = (
        ("requests", f"{last.requests:,}", f"{first.requests:,}", last.requests / first.requests),
        ("prompt tokens", f"{last.tokens:,}", f"{first.tokens:,}", last.tokens / first.tokens),
        ("seconds", time_text(last.seconds), time_text(first.seconds), last.seconds / first.seconds),
        ("peak memory", f"{last.memory:.0f} MB", f"{first.memory:.0f} MB", last.memory / first.memory),
    )
    for name, ours, theirs, ratio in shown:
        yield Row(f"{measured}: {name}", against, ours, theirs, Spread.of([ratio]))


def _point(server: Served, folder: Path, value: int, *options: str) -> Point:
    file = folder / "report.json"
    found = run(command_of(server, *options, "--json", str(file)), folder)
    report = json.loads(file.read_text("utf-8"))
    return Point(value, report["requests"], report["prompt_tokens"], found.wall, found.memory / MEGABYTE)


def _plot(examples: Sequence[Point], batches: Sequence[Point]) -> None:
    figure = Figure(figsize=(9, 9), layout="constrained")
    titles = (
        ("requests", "requests"),
        ("tokens", "prompt tokens"),
        ("seconds", "seconds"),
        ("memory", "MB, peak"),
    )
    for line, (name, label) in zip(figure.subplots(4, 2), titles, strict=True):
        for axes, points in zip(line, (examples, batches), strict=True):
            values = [getattr(point, name) for point in points]
            axes.plot([point.value for point in points], values, marker="o", color="#1f77b4")
            axes.set_ylim(0, max(values) * 1.15)
            axes.set_ylabel(label)
            axes.grid(alpha=0.3)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        line[1].set_xscale("log", base=2)
        line[1].set_xticks(BATCHES, [f"{size:,}" for size in BATCHES])
    for axes, label in zip(figure.axes[-2:], ("--examples", "--limit batch="), strict=True):
        axes.set_xlabel(label)
    figure.savefig(PLOT, metadata={"Date": None})
