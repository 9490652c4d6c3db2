"""The library's front end: ``check()``, ``audit()``, and the assertion behind the pytest fixture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from conformance.exit_codes import Exit
from conformance.report import Report, nothing_tested, overview

from .config.settings import configure
from .contract.errors import closest_name
from .engine import Unreachable
from .errors import ConfigurationError, UsageError
from .runner.background import BackgroundRun, SuiteError, stop_and_write
from .runner.inputs import load_inputs
from .runner.outputs import write_outputs
from .runner.prepare import prepare_run

APP_NAME = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*(\(\))?")


def check(target: str | object, *, headers: Mapping[str, str] | None = None, **options: Any) -> Report:
    """Run the suite against *target*: a base URL, or an ASGI application, as an object or as ``module:attribute``.

    An application runs in another thread, with an event loop of its own, and its lifespan events are sent.
    *headers* are the credentials and other headers to send; the value ``env:VAR`` is read from the environment,
    the value ``cmd:COMMAND`` from the output of a command.
    *options* are those of the command, with underscores (``profile="portkey-oss"``, ``timeout=10``). No configuration
    file is read.

    Raises ``conformance.UsageError`` for an error that you can fix, such as an unknown option, a missing credential or
    an unreachable target; its message says how. For an invalid option, this error is also a ValueError. Raises
    ``conformance.runner.background.SuiteError`` for an internal error in the suite.
    """
    if options.get("plan"):
        raise ConfigurationError("plan", "check() cannot print a plan; use the command: plan")
    given = {**options, "header": [f"{name}: {value}" for name, value in (headers or {}).items()]}
    if isinstance(target, str):
        key = "app" if APP_NAME.fullmatch(target) else "url"
        inputs = load_inputs(configure({**given, key: target}, None))
    else:
        inputs = load_inputs(configure(given, None), target)
    prepared = prepare_run(inputs)
    background = BackgroundRun(prepared)
    try:
        background.start()
        report = prepared.report(background.wait())
    except (KeyboardInterrupt, Unreachable) as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        stop_and_write(prepared, background, Exit.INTERRUPTED if interrupted else Exit.USAGE)
        raise
    except BaseException:
        background.stop()
        raise
    write_outputs(report, prepared.configuration, prepared.baseline)
    return report


def audit(
    *sources: str | PathLike[str],
    format: str | None = None,
    mapping: str | PathLike[str] | None = None,
    workers: int | None = None,
    state: str | PathLike[str] | None = None,
    scheduler: str | None = None,
    client: Any = None,
    fail_above: Sequence[str] = (),
    show_texts: bool = False,
    **options: Any,
) -> Report:
    """Audit recorded exchanges in *sources*: files, folders, globs, or URLs for fsspec such as ``s3://bucket/logs``.

    *format* is the name of a format, *mapping* a file that describes one; by default, the format is recognized.
    *workers* is the number of processes (0: only the caller's process; default: one for each core). *state* is a file
    that stores the progress; the next audit with it continues from there. *scheduler* is the address of a Dask
    scheduler, *client* a ``distributed.Client``. *fail_above* are allowed shares of failed exchanges, such as
    ``"0.1%"``: a requirement makes the audit fail only above its share. With *show_texts*, the report has texts,
    users and vectors. *options* are those of the command, with underscores (``profile="openai"``,
    ``baseline="known.yaml"``). No configuration file is read.

    With more than one worker, processes are started: a script must call this function below
    ``if __name__ == "__main__":``.
    Raises ``conformance.UsageError`` for an error that you can fix; its message says how.
    """
    from .auditing.command import OPTIONS, AuditOptions, prepare_audit  # packages that check() does not need

    given = AuditOptions(
        format=format,
        mapping=None if mapping is None else Path(mapping),
        workers=workers,
        state=None if state is None else Path(state),
        scheduler=scheduler,
        client=client,
        fail_above=[fail_above] if isinstance(fail_above, str) else fail_above,
        show_texts=show_texts,
    )
    known = [option.replace("-", "_") for option in sorted(OPTIONS)]
    for name in options:
        if name not in known:
            near = closest_name(name, known)
            fix = f"did you mean {near}?" if near else f"the options are {', '.join(known)}"
            raise ConfigurationError(name, f"unknown option; {fix}")
    prepared = prepare_audit([fspath(source) for source in sources], configure(options, None), given)
    report = prepared.run()
    write_outputs(report, prepared.configuration, prepared.baseline)
    return report


def assert_conformance(
    target: str | object, *, headers: Mapping[str, str] | None = None, **options: Any
) -> Report:
    """Run the suite as ``check`` does, with the same parameters, and return the report.

    Raises AssertionError unless the exit code would be 0; its message explains each unmet requirement. A run that
    exercised nothing fails too. Raises what ``check`` raises.
    """
    __tracebackhide__ = True  # pytest then shows the line of the user's test
    try:
        report = check(target, headers=headers, **options)
    except SuiteError as error:
        error.add_note(error.traceback)
        raise error.with_traceback(None) from None
    except UsageError as error:
        # The frames below contain credentials, which --showlocals would print.
        raise error.with_traceback(None) from None
    if report.code != Exit.OK:
        raise AssertionError(_explanation(report))
    return report


def _explanation(report: Report) -> str:
    """The failures by cause, and what the command prints at the end."""
    document = report.as_dict()
    if report.code == Exit.NOTHING_EXERCISED:
        return nothing_tested(document, _keyword)
    return "\n".join(line.text for line in overview(document)).strip()


def _keyword(option: str) -> str:
    """How ``check()`` spells *option*."""
    return option.replace("-", "_")
