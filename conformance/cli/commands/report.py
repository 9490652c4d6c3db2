"""Make any report from a run that was saved with --json; without an option, print its overview.

example: embeddings-conformance report run.json --html run.html --markdown run.md --junitxml run.xml
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from conformance.cli.console import print_lines
from conformance.report import FORMATS, load_report, overview
from conformance.runner.outputs import refuse_shared

from .shared import write_form


def add_arguments(parser: ArgumentParser) -> None:
    """Add the file, and an option for each form."""
    parser.add_argument("run", type=Path, metavar="RUN.json", help="the report of a run")
    for form in FORMATS:
        if form != "json":
            parser.add_argument(f"--{form}", type=Path, metavar="PATH", help=f"write the report as {form}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the verdict on each requirement too"
    )


def main(given: Namespace) -> int:
    """Write the reports that were asked for, or print the overview."""
    document = load_report(given.run)
    wanted = {form: file for form in FORMATS if (file := getattr(given, form, None)) is not None}
    refuse_shared({"RUN.json": given.run, **wanted})
    for form, file in wanted.items():
        write_form("Report", form, file, FORMATS[form](document))
    if not wanted or given.verbose:
        print_lines(overview(document, every=given.verbose))
    return 0
