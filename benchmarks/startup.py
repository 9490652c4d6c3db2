"""How long commands take to start: CPU time, as the difference to the same process without our code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measuring import in_turns, run
from benchmarks.payloads import answer
from benchmarks.table import Row, Spread, time_text

ROUNDS = 15
COMMAND = Path(sys.executable).parent / "embeddings-conformance"
PYTEST = (sys.executable, "-m", "pytest")
WITHOUT = ("-p", "no:conformance.pytest_plugin")
NOTHING = (sys.executable, "-c", "pass")


def rows() -> Iterator[Row]:
    """All rows of this group."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.json"
        small.write_bytes(answer(Random(1), 1))
        yield _row("import conformance", (sys.executable, "-c", "import conformance"), NOTHING, 0.05, folder)
        yield _row("embeddings-conformance --help", (COMMAND, "--help"), NOTHING, 0.1, folder)
        validate = (COMMAND, "validate", "response", small)
        yield _row("validate response, a small file", validate, NOTHING, 0.2, folder)
        (folder / "test_nothing.py").write_text("def test_nothing(): pass\n", "utf-8")
        for word in ("--version", "test_nothing.py"):  # the first one may not load any plugin
            words = (*PYTEST, word)
            yield _row(f"pytest {word}, with the plugin", words, (*words, *WITHOUT), 0.02, folder)


def _row(measured: str, ours: Sequence[object], theirs: Sequence[object], target: float, folder: Path) -> Row:
    run(ours, folder)  # the first start compiles modules
    with_us, without = in_turns(ROUNDS, lambda: run(ours, folder), lambda: run(theirs, folder))
    assert {process.code for process in (*with_us, *without)} == {0}, measured
    differences = [one.cpu - other.cpu for one, other in zip(with_us, without, strict=True)]
    against = "python -c pass" if theirs == NOTHING else "the same without it"
    one, other = (time_text(median(process.cpu for process in side)) for side in (with_us, without))
    return Row(measured, against, one, other, Spread.of(differences), target, " s")
