"""Send the failed requests of a saved report again, and say whether they still fail.

REPORT.json is the report that a run wrote with --json. Each ID is the id of a failed requirement, or a pattern such as
'auth.*'. The target is the one that the report names, or a URL after the ids, or the application of --app. The other
settings are those of the saved run, unless an option gives another value. There are up to six steps, which send
more and more requests: the first one sends each failed request alone, the last one repeats the whole run. A requirement
that fails again skips the further steps. A report contains no credentials: give them as for a run.

The exit code is 1 if a failure is still there, 2 if one could not be judged, and 0 if all of them are gone.

example: embeddings-conformance replay run.json state.concurrent --header 'NAME: env:VARIABLE'
"""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conformance.cli.arguments import add_options, print_file
from conformance.cli.console import print_lines
from conformance.cli.run_configuration import move_hypothesis_storage, with_reference_server
from conformance.config.contract import contract_of
from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure
from conformance.engine import RunResult, Verdict
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.report import Replayed, Result, replayed_lines
from conformance.runner.background import BackgroundRun, SuiteError
from conformance.runner.inputs import open_target
from conformance.runner.prepare import Prepared
from conformance.runner.recorded_run import REPEATED, RecordedRun
from conformance.runner.replay import Replay
from conformance.text import visible

GIVEN_AGAIN = ("header", "other-header", "parameter", "ca", "cert", "proxy")
"""Options that a report must not choose."""

HELPS = {
    "max-seconds": "time limit of each step, in seconds (default: that of the saved run)",
    "max-failures": "end a step after N failed requirements (default: that of the saved run)",
}

STILL_FAILING = {Result.SAME, Result.DIFFERENT}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the file, the ids with the URL, and the options that describe a target or what is sent to it."""
    parser.add_argument("report", type=Path, metavar="REPORT.json", help="the JSON report of a run")
    parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="ids of failed requirements (default: all); after them, optionally the base URL of another target",
    )
    add_options(parser, {"app", *GIVEN_AGAIN})
    add_options(parser, {option.name for option in REPEATED}, default="that of the saved run", helps=HELPS)


def main(arguments: Namespace) -> int:
    """Send the requests again, and print what was found. Returns the exit code."""
    urls = [word for word in arguments.ids if "/" in word or ":" in word]
    if len(urls) > 1:
        raise ConfigurationError("URL", f"give one URL, not {len(urls)}")
    recorded = RecordedRun.load(arguments.report)
    failures = recorded.failures([word for word in arguments.ids if word not in urls] or ["*"])
    move_hypothesis_storage()
    with _configuration(arguments, recorded, urls) as configuration:
        _print_notes(recorded, configuration)
        replay = Replay(recorded, configuration, _execute)
        try:
            replayed = replay.send(failures)
        except SuiteError as broken:
            print(f"{broken.traceback}{broken}", file=sys.stderr)
            return Exit.INTERNAL_ERROR
        print_lines(replayed_lines(replayed))
        _print_next(replayed, replay)
    return _exit_code(replayed)


@contextmanager
def _configuration(
    arguments: Namespace, recorded: RecordedRun, urls: Sequence[str]
) -> Iterator[Configuration]:
    """The settings of the saved run, with those of the arguments and of the configuration file. Raises UsageError."""
    given = {option.key: getattr(arguments, option.key, None) for option in OPTIONS}
    given["url"] = next(iter(urls), None)
    has_target = bool(given["url"] or given["app"])
    if not has_target:
        given["url"] = recorded.url
    configuration = configure(given, Path())
    print_file(configuration)
    keys = [key for key, value in given.items() if value is not None and value != []]
    configuration = recorded.configuration(configuration, keys)
    if recorded.is_embedded and not has_target:
        with with_reference_server(configuration) as embedded:
            yield embedded
        return
    if not (configuration.url or configuration.app):
        raise ConfigurationError("target", recorded.missing_target)
    yield configuration


def _print_notes(recorded: RecordedRun, configuration: Configuration) -> None:
    """Name the target, the options of the saved run that were not given again, and what may change the requests."""
    place = configuration.app or open_target(configuration).description["url"]
    notes = [f"Target: {place}"]
    if missing := recorded.not_given(configuration):
        notes.append(
            f"The saved run had these options; give them again if you need them: {shlex.join(missing)}"
        )
    notes += recorded.differences(contract_of(configuration))
    print("\n".join(map(visible, notes)), file=sys.stderr, flush=True)


def _execute(prepared: Prepared) -> RunResult:
    background = BackgroundRun(prepared)
    try:
        background.start()
        return background.wait()
    finally:
        background.stop()


def _print_next(replayed: Sequence[Replayed], replay: Replay) -> None:
    failed = next((one.then["id"] for one in replayed if one.result in STILL_FAILING), None)
    explanation = f"embeddings-conformance requirements {failed}    # what it requires, and why"
    print(f"Next: {visible(replay.rerun() if failed is None else explanation)}")


def _exit_code(replayed: Sequence[Replayed]) -> Exit:
    found = {one.result for one in replayed}
    if any(one.last is not None and one.last.row["verdict"] == Verdict.ERROR for one in replayed):
        return Exit.INTERNAL_ERROR
    if found & STILL_FAILING:
        return Exit.NONCONFORMANT
    return Exit.INTERRUPTED if Result.UNJUDGED in found else Exit.OK
