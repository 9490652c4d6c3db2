"""Whole runs against the reference server over loopback: their time and memory, and what other clients need.

The server is a process of its own. The bare client sends the requests that the server recorded of one run.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measuring import Process, in_turns, run
from benchmarks.servers import LATENCY, Served, served
from benchmarks.table import Row, Spread, time_text
from conformance import Contract
from conformance.contract.spec_files import vendored_document
from conformance.reference import default_credentials

ROUNDS, CONCURRENCY, WORKERS = 3, 8, 16
BIN = Path(sys.executable).parent
COMMAND = BIN / "embeddings-conformance"
STARTUP = 3.0
"""Seconds of a slow run that do not count."""

MEGABYTE = 1e6
FAILURE = re.compile(rb"[1-9]\d* fail")


def rows() -> Iterator[Row]:
    """All rows of this group."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        yield from _beside_a_bare_client(folder)
        yield from _slow(folder)
        yield from _beside_schemathesis(folder)
        yield from _first_failure(folder)


def _beside_a_bare_client(folder: Path) -> Iterator[Row]:
    with served("recorded", folder) as server:
        assert run(command_of(server), folder).code == 0
    requests = server.file
    bare = [sys.executable, "-m", "benchmarks.replay"]
    with served("plain", folder) as server:
        sent = [*bare, server.url, requests, CONCURRENCY]
        ours, theirs = in_turns(
            ROUNDS, lambda: run(command_of(server), folder), lambda: run(sent, Path.cwd())
        )
    count = len(requests.read_text("utf-8").splitlines())
    measured, against = f"full run, {count:,} requests", f"aiohttp, {CONCURRENCY} at once"
    for name, target in (("wall", 1.5), ("cpu", None)):
        one, other = ([getattr(process, name) for process in side] for side in (ours, theirs))
        ratio = Spread.of([a / b for a, b in zip(one, other, strict=True)])
        shown = (time_text(median(one)), time_text(median(other)))
        yield Row(f"{measured}: {name} time", against, *shown, ratio, target)
    memory = Spread.of([process.memory / MEGABYTE for process in ours])
    yield Row(f"{measured}: peak memory", "nothing", f"{memory.middle:.0f} MB", "", memory, 250, " MB")


def _slow(folder: Path) -> Iterator[Row]:
    """A server with a latency is as fast as possible if all workers always wait for it."""
    with served("slow", folder) as server:
        found = run(command_of(server, "--concurrency", str(WORKERS)), folder)
    least = LATENCY * int(server.file.read_text("utf-8")) / WORKERS
    ratio = Spread.of([(found.wall - STARTUP) / least])
    measured = f"full run, {LATENCY * 1000:.0f} ms latency, {WORKERS} at once, less {STARTUP:.0f} s"
    yield Row(
        measured, f"latency x requests / {WORKERS}", time_text(found.wall), time_text(least), ratio, 1.5
    )


def _beside_schemathesis(folder: Path) -> Iterator[Row]:
    """Requests per second of CPU and of wall time; the ratio is that of the times for one request."""

    def schemathesis() -> float:
        with served("plain", folder) as server:
            given = [part for line in _headers() for part in ("-H", line)]
            options = ["--workers", WORKERS, "--continue-on-failure", "--generation-database", "none"]
            found = run([BIN / "st", "run", vendored_document(), "-u", server.url, *options, *given], folder)
        return _per_second(server, found)

    def ours() -> float:
        with served("plain", folder) as server:
            found = run(command_of(server, "--concurrency", str(WORKERS)), folder)
        return _per_second(server, found)

    one, other = in_turns(ROUNDS, ours, schemathesis)
    ratio = Spread.of([theirs / own for own, theirs in zip(one, other, strict=True)])
    against, shown = f"st run --workers {WORKERS}", [f"{median(side):.0f} per s" for side in (one, other)]
    yield Row("time for one request of a run", against, shown[0], shown[1], ratio, 1.0)


def _per_second(server: Served, found: Process) -> float:
    return int(server.file.read_text("utf-8")) / found.wall


def _first_failure(folder: Path) -> Iterator[Row]:
    with served("broken", folder) as server:
        times = [_seconds_to_a_failure(command_of(server), folder) for _ in range(ROUNDS)]
    spread = Spread.of(times)
    measured = "first failed requirement on the terminal, of a server without authentication"
    yield Row(measured, "start of the command", time_text(spread.middle), "", spread, 3.0, " s")


def _seconds_to_a_failure(command: Sequence[object], folder: Path) -> float:
    """The time until a terminal shows that a requirement fails."""
    master, slave = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={**kept, "TERM": "xterm-256color"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    output = b""
    try:
        while not FAILURE.search(output):
            output += os.read(master, 65536)
        return time.perf_counter() - start
    finally:
        process.kill()
        process.wait()
        os.close(master)


def command_of(server: Served, *options: str) -> Sequence[object]:
    """The command of a full run against *server*."""
    given = [part for line in _headers() for part in ("--header", line)]
    return [COMMAND, "run", server.url, *given, "--tokenizer", "bytes", *options]


def _headers() -> list[str]:
    contract = Contract.load()
    credentials = default_credentials(contract).items()
    return [": ".join(contract.security[name].render(value)) for name, value in credentials]
