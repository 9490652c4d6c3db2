"""Run the suite. Without a target it runs against the embedded reference, over HTTP on loopback.

example: embeddings-conformance run http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE'
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.cli.console import print_lines
from conformance.cli.progress import shown_progress
from conformance.config.headers import header_lines
from conformance.config.options import OPTIONS, Option
from conformance.config.settings import Configuration, configure
from conformance.contract import Contract
from conformance.reference import BYTES, background_server, create_app, default_credentials
from conformance.report import Exit, Report, overview
from conformance.runner.background import BackgroundRun, SuiteBroke
from conformance.runner.outputs import write, written
from conformance.runner.prepare import Prepared, prepare
from conformance.runner.signals import deferred, terminated_like_interrupted

from .shared import tell_inherited


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of a run: pytest's, without the prefix."""
    add_run_options(parser, except_for={"url"})
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the verdict on each requirement too"
    )


def add_run_options(parser: ArgumentParser, *, except_for: set[str]) -> None:
    """Add the URL, and all options but those named."""
    parser.add_argument("url", nargs="?", metavar="URL", help="base URL of the target")
    for option in OPTIONS:
        if option.name not in except_for:
            parser.add_argument(f"--{option.name}", dest=option.key, help=option.help, **_settings(option))


def main(given: Namespace) -> int:
    """Carry the run out, print its overview, and write its reports; the exit code."""
    _keep_the_folder_clean()
    with configured(given) as configuration:
        prepared = prepare(configuration)
        if configuration.plan:
            print("\n".join(prepared.plan()))
            return Exit.OK
        return _carry_out(prepared, verbose=given.verbose)


def _keep_the_folder_clean() -> None:
    """Hypothesis keeps what it has computed in the working directory, unless it is told of a better place."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(cache) / "embeddings-conformance"))


@contextmanager
def configured(given: Namespace) -> Iterator[Configuration]:
    """The configuration of a run, with the embedded reference as its target where none is named."""
    values = {option.key: getattr(given, option.key, None) for option in OPTIONS}
    configuration = configure(values, Path())
    tell_inherited(configuration)
    if configuration.url or configuration.app:
        yield configuration
        return
    if not configuration.plan:
        print("No target was named: the embedded reference stands in for one.", file=sys.stderr, flush=True)
    with _embedded_reference(configuration) as its_own:
        yield replace(configure({**values, **its_own}, Path()), embedded=True)


def _settings(option: Option) -> dict[str, Any]:
    match option.kind:
        case "flag":
            return {"action": "store_true", "default": None}
        case "list":
            return {"action": "append", "metavar": option.metavar}
    return {"metavar": option.metavar}


def _carry_out(prepared: Prepared, *, verbose: bool) -> int:
    background = BackgroundRun(prepared)
    code = None
    try:
        with terminated_like_interrupted(), shown_progress(background):
            background.start()
            background.wait()
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except SuiteBroke as broken:
        print(f"{broken.traceback}{broken}", file=sys.stderr)
        code = Exit.INTERNAL_ERROR
    with deferred():
        report = prepared.report(background.stop(), code)
        try:
            write(report, prepared.configuration, prepared.baseline)
        finally:
            _print(report, verbose=verbose)
        for line in written(prepared.configuration):
            print(line)
    return report.code


def _print(report: Report, *, verbose: bool) -> None:
    print_lines(overview(report.as_dict(), every=verbose))
    if report.code == Exit.NOTHING_EXERCISED:
        print("Nothing was exercised: no requirement passed that shows the target at work.")


@contextmanager
def _embedded_reference(configuration: Configuration) -> Iterator[dict[str, Any]]:
    contract = Contract.load(configuration.contract, profile=configuration.profile)
    with background_server(create_app(contract)) as url:
        headers = header_lines(contract, default_credentials(contract))
        yield {"url": url, "header": headers, "tokenizer": BYTES}
