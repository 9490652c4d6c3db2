"""Compare two reports: regressions and fixes.

The exit code is 1 if there is a regression, or if a requirement of the later run has the verdict 'error'.

example: embeddings-conformance compare before.json after.json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from conformance.cli.console import print_lines
from conformance.report import Change, compare_reports, load_report, run_differences
from conformance.text import Line, clip

STYLES = {"regression": "bold red", "not judged": "bold magenta", "new failure": "red", "fix": "green"}

FAILING = ("regression", "not judged")
"""Kinds of change that cause exit code 1."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the two files."""
    parser.add_argument("old", type=Path, metavar="OLD.json", help="the report of the earlier run")
    parser.add_argument("new", type=Path, metavar="NEW.json", help="the report of the later run")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="output format (default: text)"
    )


def main(arguments: Namespace) -> int:
    """Print the changes."""
    old, new = load_report(arguments.old), load_report(arguments.new)
    changes = compare_reports(old, new)
    warnings = list(run_differences(old, new))
    if arguments.format == "json":
        print(
            json.dumps({"warnings": warnings, "changes": [_as_dict(change) for change in changes]}, indent=1)
        )
    else:
        print_lines(_lines(changes, warnings))
    return int(any(change.kind in FAILING for change in changes))


def _as_dict(change: Change) -> dict[str, str]:
    before, after = change.verdicts
    return {"kind": change.kind, "id": change.id, "before": before, "after": after}


def _lines(changes: list[Change], warnings: list[str]) -> Iterator[Line]:
    for warning in warnings:
        yield Line(f"Note: {warning}", "yellow")
    for kind, group in groupby(changes, key=lambda change: change.kind):
        same_kind = list(group)
        yield Line(f"{kind} ({len(same_kind)})", STYLES.get(kind, "bold"))
        for change in same_kind:
            before, after = change.verdicts
            reason = change.after["reason"] if change.after is not None else ""
            yield Line(f"  {change.id}: {before} -> {after}{reason and f'  {clip(reason)}'}")
    if not changes:
        yield Line("No verdict differs.")
