"""Measure an audit beside bare processes that read the same lines and parse them with orjson.

    python -m benchmarks.audit [MEGABYTES]

Both read the same files in turn, plain and compressed with gzip, with one process and with two. The time of the
processor is that of all processes, which other work on the machine changes less than the elapsed time. The report of
a small audit takes as long as that of a large one, so the rates are those of at least a gigabyte.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import numpy as np
import orjson

from conformance import audit

DIMENSIONS = 1536
TEXTS = 2_000
FILES = 8
ROUNDS = 3


def main() -> None:
    """Print the rates in megabytes of uncompressed lines per second."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 1_000.0
    with TemporaryDirectory() as folder:
        for kind in ("plain", "gzip"):
            files = write_logs(Path(folder) / kind, megabytes, kind)
            measure(kind, megabytes * 1e6, files)


def measure(kind: str, size: float, files: list[str]) -> None:
    """Measure both with one process and with two; print the best of some rounds, and what the second process gains."""
    best: dict[tuple[str, int], tuple[float, float]] = {}
    for processes in (1, 2) * ROUNDS:
        works: dict[str, Callable[[], object]] = {
            "bare": partial(bare, files, processes),
            "audit": partial(audit, *files, workers=processes),
        }
        for name, work in works.items():
            before = best.get((name, processes), (inf, inf))
            found = measured(work)
            best[name, processes] = min(before[0], found[0]), min(before[1], found[1])
    for (name, processes), (elapsed, cpu) in best.items():
        bare_elapsed, bare_cpu = best["bare", processes]
        print(
            f"{kind:<5} {name:<5} {processes} processes: {size / elapsed / 1e6:7.1f} MB/s elapsed"
            f" ({bare_elapsed / elapsed:.2f}), {size / cpu / 1e6:7.1f} MB/s of processor time ({bare_cpu / cpu:.2f})"
        )
    gains = [f"{name} {best[name, 1][0] / best[name, 2][0]:.2f}" for name in ("bare", "audit")]
    print(f"{kind:<5} two processes beside one: {', '.join(gains)}")
    print(
        f"{kind:<5} most memory of a process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB"
    )


def write_logs(folder: Path, megabytes: float, kind: str) -> list[str]:
    """Write exchanges of so many megabytes to files of one *kind*. Returns their names."""
    folder.mkdir()
    random = np.random.default_rng(1)
    lines = [line(text) for text in range(TEXTS)]
    files = [folder / f"{number:03}.jsonl" for number in range(FILES)]
    for file in files:
        with file.open("wb") if kind == "plain" else gzip.open(file, "wb", compresslevel=6) as stream:
            written = 0
            while written < megabytes * 1e6 / FILES:
                written += stream.write(lines[int(random.integers(TEXTS))])
    return [*map(str, files)]


def line(text: int) -> bytes:
    """An exchange with the vector of one text."""
    vector = np.random.default_rng(text).normal(size=DIMENSIONS)
    numbers = (vector / np.linalg.norm(vector)).astype(np.float32).tolist()
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    model = "text-embedding-3-small"
    data = [{"object": "embedding", "index": 0, "embedding": numbers}]
    record = {
        "time": 1_900_000_000 + text,
        "provider": "openai",
        "request": {"url": "/v1/embeddings", "body": {"model": model, "input": f"text number {text}"}},
        "response": {"status": 200, "body": {"object": "list", "data": data, "model": model, "usage": usage}},
    }
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def bare(files: list[str], processes: int) -> None:
    """Decompress and parse all lines."""
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(parse, files))


def parse(file: str) -> None:
    """Decompress and parse the lines of *file*."""
    with Path(file).open("rb") as plain, gzip.GzipFile(fileobj=plain) as packed:
        is_packed = plain.peek(2).startswith(b"\x1f\x8b")
        for one in packed if is_packed else plain:
            orjson.loads(one)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """The seconds that *work* takes, and those of the processor."""
    before, clock = os.times(), monotonic()
    work()
    elapsed, after = monotonic() - clock, os.times()
    return elapsed, sum(after[:4]) - sum(before[:4])


if __name__ == "__main__":
    main()
