"""Run the suite against real servers on loopback, each in its own environment.

    python -m tests.servers.run [NAME...] [--directory DIR] [--reports DIR] [--pages DIR] [--update]

Each server is a folder of ``examples/servers``; its report is written to NAME.json. Exit code 0: every verdict agrees
with the server's baseline. 1: some do not. 3: a server could not be installed, started or tested; the others are still
tested. Environments are installed once, and stay in the directory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.installing import SetupError
from tests.servers.example import FOLDER, Example, UnknownExample, find
from tests.servers.server import examine
from tests.servers.verdicts import counts, unexpected_verdicts

DIRECTORY = FOLDER.parents[1] / "build" / "servers"
FORMS = {"html": "html", "markdown": "md"}
AS_EXPECTED, UNEXPECTED, UNTESTED = 0, 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the servers one after the other, compare and print; return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        examples = find(given.names)
    except UnknownExample as error:
        print(error, file=sys.stderr)
        return UNTESTED
    given.reports.mkdir(parents=True, exist_ok=True)
    codes = [_try(example, given) for example in examples]
    if given.pages is not None:
        codes.append(_write_pages(given.reports, given.pages))
    return max(codes)


def _try(example: Example, given: argparse.Namespace) -> int:
    started = time.monotonic()
    print(f"\n{example.name}", flush=True)
    report = given.reports / f"{example.name}.json"
    try:
        problems = list(_problems(example, report, given))
    except SetupError as error:
        print(f"  could not be tested: {error}", file=sys.stderr, flush=True)
        return UNTESTED
    print("\n".join(f"  {problem}" for problem in problems) or "  all as expected")
    print(f"  {time.monotonic() - started:.0f} s", flush=True)
    return UNEXPECTED if problems else AS_EXPECTED


def _problems(example: Example, report: Path, given: argparse.Namespace) -> Iterator[str]:
    directory = given.directory.absolute()
    yield from examine(example, directory, report.absolute(), update=given.update)
    found = json.loads(report.read_text("utf-8"))
    print(f"  {found['requests']} requests in {found['seconds']:.0f} s: {counts(found)}", flush=True)
    yield from unexpected_verdicts(found, example.not_tested)


def _write_pages(reports: Path, pages: Path) -> int:
    """Write the matrix of all existing reports, including those of earlier runs; return its exit code."""
    files = [file for example in find([]) if (file := reports / f"{example.name}.json").is_file()]
    if not files:
        return UNTESTED
    wanted = [f"--{form}={pages / f'matrix.{ending}'}" for form, ending in FORMS.items()]
    return subprocess.run([sys.executable, "-m", "conformance", "matrix", *files, *wanted]).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.run", allow_abbrev=False)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a folder of examples/servers (default: all)"
    )
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="folder for environments and logs")
    parser.add_argument("--reports", type=Path, default=DIRECTORY / "reports", help="folder for the reports")
    parser.add_argument("--pages", type=Path, help="folder for matrix.html and matrix.md")
    parser.add_argument(
        "--update",
        action="store_true",
        help="write the failures to the baselines; a new entry needs a reason before it counts as known",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
