"""Audit recorded traffic: which exchanges in logs violate the contract.

SOURCE is a file, a folder, a glob, a URL of object storage such as s3://bucket/logs, or - for the standard input. Files
may be compressed with gzip or zstd. The format of each record is recognized.

example: embeddings-conformance audit 'logs/*.jsonl.gz' --html audit.html
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from conformance.auditing.command import OPTIONS, AuditOptions, prepare_audit
from conformance.auditing.formats import format_titles
from conformance.cli.arguments import add_options, add_verbose, print_file
from conformance.cli.audit_progress import show_audit_progress
from conformance.cli.console import print_lines
from conformance.config.settings import configure
from conformance.report import audit_lines, overview
from conformance.runner.outputs import output_lines, write_outputs
from conformance.runner.signals import first_signal_ignored, sigterm_as_interrupt
from conformance.text import Line


def add_arguments(parser: ArgumentParser) -> None:
    """Add the sources, the options of an audit, and those of a run that an audit has too."""
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="what to read")
    parser.add_argument(
        "--format",
        metavar="NAME",
        choices=[*format_titles()],
        help=f"format of the records, one of {', '.join(format_titles())} (default: found automatically)",
    )
    parser.add_argument(
        "--mapping", type=Path, metavar="FILE", help="YAML file that describes the format of the records"
    )
    parser.add_argument(
        "--workers", type=_workers, metavar="N", help="number of processes (default: one for each core)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="file that stores the progress; the next audit with this file continues from there",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="Dask scheduler, such as tcp://host:8786, whose workers do the work",
    )
    parser.add_argument(
        "--fail-above",
        action="append",
        default=[],
        metavar="[ID=]SHARE",
        help="allowed share of failed exchanges, such as 0.1%%: a requirement makes the audit fail only if more of its"
        " exchanges fail. ID is a requirement id, as in response.order=1%%, or a pattern; without it, the share applies"
        " to each requirement (repeatable)",
    )
    parser.add_argument(
        "--show-texts",
        action="store_true",
        help="show texts, users and vectors in reports (default: hashes of texts and users, no vectors)",
    )
    add_options(parser, OPTIONS)
    add_verbose(parser)


def main(arguments: Namespace) -> int:
    """Audit, print the overview, and write the reports. Returns the exit code."""
    keys = [name.replace("-", "_") for name in OPTIONS]
    configuration = configure({key: getattr(arguments, key) for key in keys}, Path())
    print_file(configuration)
    options = AuditOptions(
        format=arguments.format,
        mapping=arguments.mapping,
        workers=arguments.workers,
        state=arguments.state,
        scheduler=arguments.scheduler,
        fail_above=arguments.fail_above,
        show_texts=arguments.show_texts,
    )
    prepared = prepare_audit(arguments.sources, configuration, options)
    with sigterm_as_interrupt(), show_audit_progress() as update:
        report = prepared.run(update)
    with first_signal_ignored():
        document = report.as_dict()
        try:
            write_outputs(report, configuration, prepared.baseline)
        finally:
            print_lines(map(Line, audit_lines(document["audit"])))
            print_lines(overview(document, every=arguments.verbose))
        for line in output_lines(configuration):
            print(line)
    return report.code


def _workers(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise ArgumentTypeError(f"must be a whole number, not {text!r}")
    return number
