"""Run the benchmarks: ``python -m benchmarks.run [GROUP ...]``, by default all groups.

The table goes to the terminal, to ``speed.json`` and to ``speed.md``. A group that was not run keeps its rows. Each
group has a process of its own: Linux counts the memory of a process for the peak of each command that it starts.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from benchmarks.table import Row, as_text, machine, save, saved

GROUPS = ("validation", "memory", "startup", "runs", "growth")
"""The modules with a function ``rows``, in the order of the table."""


def main() -> None:
    """Measure the named groups, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", allow_abbrev=False)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)} (default: all)")
    named = parser.parse_args().groups
    if unknown := sorted({*named} - {*GROUPS}):
        parser.error(f"unknown group {unknown[0]}; choose from {', '.join(GROUPS)}")
    found = saved()
    print(f"{machine()}\n")
    for name in named or GROUPS:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            found[name] = process.submit(rows_of, name).result()
        print(f"{name}\n{as_text(found[name])}\n", flush=True)
        save({group: found[group] for group in GROUPS if group in found})


def rows_of(group: str) -> Sequence[Row]:
    """Measure one group."""
    return list(import_module(f"benchmarks.{group}").rows())


if __name__ == "__main__":
    main()
