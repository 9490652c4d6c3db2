"""Compare the reports of several servers, side by side.

The matrix compares areas and requirements, and shows which clients work with each server.

example: embeddings-conformance matrix one.json other.json --html matrix.html --markdown matrix.md
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.cli.console import print_lines
from conformance.cli.output_files import write_output
from conformance.contract import load_clients
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.report import Matrix, compare_servers, load_report, matrix_overview, server_label
from conformance.runner.outputs import require_distinct
from conformance.text import clip


def add_arguments(parser: ArgumentParser) -> None:
    """Add the reports, and an option for each output format."""
    parser.add_argument(
        "reports",
        type=Path,
        nargs="+",
        metavar="REPORT.json",
        help="the JSON report of a run, one for each server",
    )
    for name, shown in (("html", "HTML"), ("markdown", "Markdown")):
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=f"write the matrix as {shown}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the overview even if a file is written"
    )


def main(arguments: Namespace) -> int:
    """Write the requested pages, or print the overview."""
    documents = [load_report(file) for file in arguments.reports]
    _check_names(arguments.reports, documents)
    requested = {name: file for name in FORMATS if (file := getattr(arguments, name)) is not None}
    require_distinct({**{str(file): file for file in arguments.reports}, **requested})
    found = compare_servers(documents, load_clients())
    for name, file in requested.items():
        write_output(name, file, FORMATS[name](found))
        print(f"Matrix: {file}")
    if not requested or arguments.verbose:
        print_lines(matrix_overview(found))
    return Exit.OK


def _check_names(files: Sequence[Path], documents: Sequence[Mapping[str, Any]]) -> None:
    """Raise ConfigurationError if two reports have the same server name."""
    file_of: dict[str, Path] = {}
    for file, document in zip(files, documents, strict=True):
        name = server_label(document)
        if name in file_of:
            raise ConfigurationError(
                str(file),
                f"the server {clip(name)!r} is in {file_of[name]} too; give each run its own name (run --name)",
            )
        file_of[name] = file


def _html(found: Matrix) -> str:
    from conformance.report.matrix.html import matrix_html

    return matrix_html(found)


def _markdown(found: Matrix) -> str:
    from conformance.report.matrix.markdown import matrix_markdown

    return matrix_markdown(found)


FORMATS: Mapping[str, Callable[[Matrix], str]] = {"html": _html, "markdown": _markdown}
