"""Run the suite against a target.

Without a target, the command tests the built-in reference server, over HTTP on the loopback interface.

example: embeddings-conformance run http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE'
"""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.cli.arguments import add_options, add_target_url, add_verbose
from conformance.cli.console import print_lines
from conformance.cli.progress import shown_progress
from conformance.cli.run_configuration import move_hypothesis_storage, run_configuration
from conformance.config.options import OPTIONS
from conformance.engine import Unreachable
from conformance.exit_codes import Exit
from conformance.report import overview
from conformance.runner.background import BackgroundRun, SuiteError, stop_and_write
from conformance.runner.inputs import load_inputs
from conformance.runner.memory import return_large_blocks
from conformance.runner.outputs import output_lines, write_outputs
from conformance.runner.prepare import Prepared, prepare_run
from conformance.runner.signals import first_signal_ignored, sigterm_as_interrupt


def add_arguments(parser: ArgumentParser) -> None:
    """Add the URL, and the options of pytest without their prefix."""
    add_target_url(parser)
    add_options(parser, {option.name for option in OPTIONS} - {"url"})
    parser.add_argument(
        "-x",
        action="store_const",
        const="1",
        dest="max_failures",
        help="end the run after the first failure, as --max-failures 1 does",
    )
    add_verbose(parser)


def main(arguments: Namespace) -> int:
    """Run the suite, print the overview, and write the reports. Returns the exit code."""
    move_hypothesis_storage()
    with run_configuration(arguments) as configuration:
        prepared = prepare_run(load_inputs(configuration))
        if configuration.plan:
            print("\n".join(prepared.plan()))
            return Exit.OK
        if configuration.embedded:
            print("No target given: testing the built-in reference server.", file=sys.stderr, flush=True)
        return _run(prepared, verbose=arguments.verbose)


@contextmanager
def _no_collection_of_what_is_loaded() -> Iterator[None]:
    """Do not let collections visit the objects that exist at the start: most of them stay until the end of the run."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _run(prepared: Prepared, *, verbose: bool) -> int:
    return_large_blocks()
    background = BackgroundRun(prepared)
    code = None
    try:
        with sigterm_as_interrupt(), shown_progress(prepared, background), _no_collection_of_what_is_loaded():
            background.start()
            background.wait()
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except Unreachable:
        stop_and_write(prepared, background, Exit.USAGE)
        raise
    except SuiteError as broken:
        print(f"{broken.traceback}{broken}", file=sys.stderr)
        code = Exit.INTERNAL_ERROR
    with first_signal_ignored():
        report = prepared.report(background.stop(), code)
        saved = None
        try:
            write_outputs(report, prepared.configuration, prepared.baseline)
            saved = prepared.configuration.json
        finally:
            print_lines(overview(report.as_dict(), every=verbose, saved=saved))
        for line in output_lines(prepared.configuration):
            print(line)
    return report.code
