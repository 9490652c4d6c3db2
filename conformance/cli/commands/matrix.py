"""Put the saved reports of several servers side by side: areas, requirements, and what they mean for clients.

example: embeddings-conformance matrix one.json other.json --html matrix.html --markdown matrix.md
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.cli.console import print_lines
from conformance.config.settings import ConfigurationError
from conformance.contract import load_clients
from conformance.report import Matrix, clip, label, load_report, matrix, matrix_overview
from conformance.runner.outputs import refuse_shared

from .shared import write_form


def add_arguments(parser: ArgumentParser) -> None:
    """Add the reports, and an option for each form."""
    parser.add_argument(
        "reports",
        type=Path,
        nargs="+",
        metavar="REPORT.json",
        help="the report of a run, one for each server",
    )
    for form in FORMS:
        parser.add_argument(f"--{form}", type=Path, metavar="PATH", help=f"write the page as {form}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the overview although a page is written"
    )


def main(given: Namespace) -> int:
    """Write the pages that were asked for, or print the overview."""
    documents = [load_report(file) for file in given.reports]
    _refuse_same(given.reports, documents)
    wanted = {form: file for form in FORMS if (file := getattr(given, form)) is not None}
    refuse_shared({**{str(file): file for file in given.reports}, **wanted})
    found = matrix(documents, load_clients())
    for form, file in wanted.items():
        write_form("Matrix", form, file, FORMS[form](found))
    if not wanted or given.verbose:
        print_lines(matrix_overview(found))
    return 0


def _refuse_same(files: Sequence[Path], documents: Sequence[Mapping[str, Any]]) -> None:
    taken: dict[str, Path] = {}
    for file, document in zip(files, documents, strict=True):
        name = label(document)
        if name in taken:
            raise ConfigurationError(
                str(file),
                "the report of another server than those before it",
                f"{clip(name)!r}, as in {taken[name]}; give each run a name of its own (run --name)",
            )
        taken[name] = file


def _html(found: Matrix) -> str:
    from conformance.report.matrix.html import matrix_html

    return matrix_html(found)


def _markdown(found: Matrix) -> str:
    from conformance.report.matrix.markdown import matrix_markdown

    return matrix_markdown(found)


FORMS: Mapping[str, Callable[[Matrix], str]] = {"html": _html, "markdown": _markdown}
