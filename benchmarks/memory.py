"""The memory that validating the largest answer needs besides the answer itself, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.payloads import answer, request_of
from benchmarks.table import Row, Spread

COUNT, ROUNDS, MEGABYTE = 2048, 3, 1e6

PROGRAM = """
import re, sys
from pathlib import Path
import orjson
from conformance import validate_response

def memory(field):
    return int(re.search(field + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

small, request, body = (Path(name).read_bytes() for name in sys.argv[2:])
reads = {"ours": lambda body: validate_response(body, request), "orjson": orjson.loads}[sys.argv[1]]
reads(small)  # what is imported and compiled once does not count
Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
before = memory("VmRSS")
reads(body)
print(memory("VmHWM") - before)
"""


def rows() -> Iterator[Row]:
    """All rows of this group."""
    chance = Random(1)
    with TemporaryDirectory() as folder:
        names = ("small", "request", "body")
        bodies = (answer(chance, 1), request_of(COUNT, "float"), answer(chance, COUNT))
        files = [Path(folder) / name for name in names]
        for file, body in zip(files, bodies, strict=True):
            file.write_bytes(body)
        size = len(bodies[-1])
        ours, theirs = (Spread.of([_peak(name, files) for _ in range(ROUNDS)]) for name in ("ours", "orjson"))
    ratio = Spread(ours.low / size, ours.middle / size, ours.high / size)
    measured = f"peak memory on top of an answer of {size / MEGABYTE:.0f} MB"
    yield Row(measured, "its size", _text(ours.middle), _text(size), ratio, 2.2)
    ratio = Spread.of([ours.middle / theirs.middle])
    yield Row(measured, "orjson.loads", _text(ours.middle), _text(theirs.middle), ratio)


def _peak(name: str, files: list[Path]) -> float:
    command = [sys.executable, "-c", PROGRAM, name, *map(str, files)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _text(size: float) -> str:
    return f"{size / MEGABYTE:.0f} MB"
