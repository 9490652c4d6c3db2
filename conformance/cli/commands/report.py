"""Write a report in other formats.

REPORT.json is the report that a run wrote with --json. Without an output option, the command prints the overview.

example: embeddings-conformance report run.json --html run.html --markdown run.md --junitxml run.xml
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from conformance.cli.arguments import add_options, add_verbose
from conformance.cli.console import print_lines
from conformance.cli.output_files import write_output
from conformance.exit_codes import Exit
from conformance.report import FORMATS, load_report, overview
from conformance.runner.outputs import require_distinct


def add_arguments(parser: ArgumentParser) -> None:
    """Add the file, and an option for each output format."""
    parser.add_argument("run", type=Path, metavar="REPORT.json", help="the JSON report of a run")
    add_options(parser, set(FORMATS) - {"json"})
    add_verbose(
        parser,
        "print the overview with the verdict for each requirement, even if a report is written to a file",
    )


def main(arguments: Namespace) -> int:
    """Write the requested reports, or print the overview."""
    document = load_report(arguments.run)
    requested = {name: Path(file) for name in FORMATS if (file := getattr(arguments, name, None))}
    require_distinct({"REPORT.json": arguments.run, **requested})
    for name, file in requested.items():
        write_output(name, file, FORMATS[name](document))
        print(f"Report: {file}")
    if not requested or arguments.verbose:
        print_lines(overview(document, every=arguments.verbose, saved=arguments.run))
    return Exit.OK
