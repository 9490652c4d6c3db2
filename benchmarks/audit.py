"""Measure an audit beside bare processes that decompress the same lines and parse them with orjson.

    python -m benchmarks.audit [MEGABYTES] [PROCESSES]

Both read the same files in turn. The time of the processor is that of all processes, which other work on the machine
changes less than the elapsed time.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import numpy as np
import orjson

from conformance import audit

DIMENSIONS = 1536
TEXTS = 2_000
ROUNDS = 3


def main() -> None:
    """Print the rates in megabytes of uncompressed lines per second."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 200.0
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with TemporaryDirectory() as folder:
        size = write_logs(Path(folder), megabytes, processes * 4)
        files = sorted(map(str, Path(folder).iterdir()))
        for name, work in (
            ("bare", lambda: bare(files, processes)),
            ("audit", lambda: audit(folder, workers=processes)),
        ) * ROUNDS:
            elapsed, cpu, memory = measured(work)
            print(
                f"{name:<6} {processes} processes: {size / elapsed / 1e6:7.1f} MB/s elapsed,"
                f" {size / cpu / 1e6:7.1f} MB/s of processor time, {memory:.0f} MB a process"
            )


def write_logs(folder: Path, megabytes: float, files: int) -> int:
    """Write exchanges, compressed with gzip; returns the number of bytes before that."""
    random = np.random.default_rng(1)
    size = 0
    for number in range(files):
        with gzip.open(folder / f"{number:03}.jsonl.gz", "wb", compresslevel=6) as stream:
            written = 0
            while written < megabytes * 1e6 / files:
                text = int(random.integers(TEXTS))
                written += stream.write(line(text))
            size += written
    return size


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
    with gzip.open(file) as stream:
        for one in stream:
            orjson.loads(one)


def measured(work: Callable[[], object]) -> tuple[float, float, float]:
    """The seconds that *work* takes, those of the processor, and the most memory of a child in megabytes."""
    before, clock = os.times(), monotonic()
    work()
    elapsed, after = monotonic() - clock, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return elapsed, cpu, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
