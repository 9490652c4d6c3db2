"""The packaged suite in pytest: all selected requirements are one concurrent run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from conformance.config.options import OPTIONS
from conformance.config.settings import configure, file_line
from conformance.contract import LEVELS
from conformance.engine import Unreachable
from conformance.errors import ConfigurationError, UsageError
from conformance.exit_codes import Exit
from conformance.report import (
    Judged,
    Report,
    conclusion_line,
    explain_requirement,
    nothing_tested,
    requirement_row,
    result_lines,
    verdict_reason,
)
from conformance.runner.background import BackgroundRun, SuiteError, stop_and_write
from conformance.runner.inputs import load_inputs
from conformance.runner.memory import return_large_blocks
from conformance.runner.outputs import output_lines, write_outputs
from conformance.runner.prepare import Prepared, prepare_run
from conformance.runner.signals import first_signal_ignored, sigterm_as_interrupt
from conformance.text import visible

from .items import ConformanceItem, ConformanceSuite
from .suite_name import NAME

FLAGS = {option.name: option.flag for option in OPTIONS}
"""How pytest spells each option."""

PARSE_TRIES, PARSE_PAUSE = 20, 0.1
"""How often pytest tries again to show an interruption, and the seconds before each try."""


class ConformanceSession:
    """Collects the requirements, runs the selected ones, and ends pytest with the suite's exit code."""

    def __init__(self, config: pytest.Config, given: Mapping[str, Any]) -> None:
        self._prepared: Prepared | None = None
        self._background: BackgroundRun | None = None
        self._report: Report | None = None
        self._signals = ExitStack()
        self._output_error = ""
        self._config, self._parse_again = config, PARSE_TRIES
        self._turned_off_xdist = _turn_off_xdist(config)
        with self._usage_errors():
            self._configuration = configure(_with_maxfail(given, config), config.invocation_params.dir)
            self._inputs = load_inputs(self._configuration)
        areas = {requirement.area for requirement in self._inputs.catalogue.values()}
        for marker in (*LEVELS, *sorted(areas)):
            config.addinivalue_line("markers", f"{marker}: requirements of that level or area ({NAME})")

    def pytest_report_header(self) -> list[str]:
        """Name the contract, the profile, the target, and the configuration file. Say that pytest-xdist was turned off.

        Of another contract than the vendored one, also the operation.
        """
        contract = self._inputs.contract
        target = ", ".join(self._inputs.target.description.values())
        named = "" if contract.is_vendored else f", {contract.method.upper()} {contract.path}"
        xdist = (
            ", without pytest-xdist (the suite sends its requests concurrently)"
            if self._turned_off_xdist
            else ""
        )
        line = f"{NAME}: {contract.file.name}{visible(named)}, profile {contract.profile}, target {target}{xdist}"
        return [line, *filter(None, [file_line(self._configuration)])]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Collect one item for each requirement, before other plugins select items."""
        parent = ConformanceSuite.below(session)
        requirements = self._inputs.catalogue.values()
        items.extend(ConformanceItem.of(parent, requirement, self) for requirement in requirements)
        collected = pytest.CollectReport(NAME, "passed", None, list(items))
        session.config.hook.pytest_collectreport(report=collected)
        unwanted = [item for item in items if not self._is_wanted(item)]
        if unwanted:
            session.config.hook.pytest_deselected(items=unwanted)
            items[:] = filter(self._is_wanted, items)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Wait for the verdict before the item begins: its time is not the time of the run."""
        if isinstance(item, ConformanceItem) and self._background is not None:
            item.wait()
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Start the run of the selected items, or print its plan."""
        if session.config.option.collectonly or session.config.getoption("setuponly", False):
            return None
        selected = [item.name for item in session.items if isinstance(item, ConformanceItem)]
        with self._usage_errors():
            self._prepared = prepare_run(self._inputs, selected)
            if self._configuration.plan:
                print("\n" + "\n".join(self._prepared.plan(selected)))
                return True
            return_large_blocks()
            self._background = BackgroundRun(self._prepared, selected)
            self._signals.enter_context(sigterm_as_interrupt())
            try:
                self._background.start()
            except SuiteError as error:
                self._exit(error)
            except Unreachable:
                stop_and_write(self._prepared, self._background, Exit.USAGE)
                raise
        return None

    def judged(self, id: str) -> Judged:
        """Wait for the verdict on one requirement."""
        assert self._background is not None
        assert self._prepared is not None
        try:
            return self._prepared.judge(self._background.outcome(id))
        except SuiteError as error:
            self._exit(error)

    def explain(self, judged: Judged) -> str:
        """The verdict with its evidence, for a terminal."""
        assert self._prepared is not None
        prepared = self._prepared
        return explain_requirement(
            requirement_row(judged, prepared.target, prepared.redactor, prepared.rerun)
        )

    def reason(self, judged: Judged) -> str:
        """The reason for a verdict, for a terminal."""
        return self._shown(verdict_reason(judged))

    @pytest.hookimpl(wrapper=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Iterator[None]:
        """Let pytest show the interruption again if another thread, which may still end, has parsed a source meanwhile.

        Both then fail (python/cpython#106905). Without its other entries, the traceback takes little time.
        """
        try:
            return (yield)
        except SystemError:
            if not self._parse_again:
                raise
            self._parse_again -= 1
            time.sleep(PARSE_PAUSE)
            excinfo.traceback = excinfo.traceback[-1:]
            self._config.hook.pytest_keyboard_interrupt(excinfo=excinfo)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the run, write the reports, and set the exit code."""
        self._signals.close()
        background, prepared = self._background, self._prepared
        if background is None or prepared is None or exitstatus == Exit.USAGE:
            return
        if exitstatus == Exit.INTERNAL_ERROR and background.suite_error is None:
            return
        with first_signal_ignored():
            stopped = exitstatus == Exit.INTERRUPTED
            report = prepared.report(background.stop() if stopped else background.finish())
            code = _exit_code(report.code, exitstatus, suite_error=background.suite_error is not None)
            self._report = replace(report, code=code)
            session.exitstatus = code
            try:
                write_outputs(self._report, self._configuration, prepared.baseline)
            except ConfigurationError as error:
                self._output_error = self._shown(error.message)
                session.exitstatus = Exit.USAGE
            except KeyboardInterrupt:
                self._output_error = "interrupted while writing the reports: they are incomplete"
                session.exitstatus = Exit.INTERRUPTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the conclusion, errors of the suite, and the written files."""
        if self._report is None:
            return
        terminalreporter.section(NAME)
        document = self._report.as_dict()
        for line, style in result_lines(document):
            terminalreporter.line(line, bold=bool(style))
        terminalreporter.line(conclusion_line(document))
        if self._report.code == Exit.NOTHING_EXERCISED:
            terminalreporter.line(nothing_tested(document, FLAGS.__getitem__))
        if self._background is not None and self._background.suite_error is not None:
            terminalreporter.line(f"ERROR: {self._shown(str(self._background.suite_error))}", red=True)
        if self._output_error:
            terminalreporter.line(f"ERROR: {self._output_error}", red=True)
            return
        for written in output_lines(self._configuration):
            terminalreporter.line(written)

    def _is_wanted(self, item: pytest.Item) -> bool:
        """Whether *item* is a test of the user, or a requirement that the options select."""
        return not isinstance(item, ConformanceItem) or item.name in self._inputs.selected

    def _shown(self, text: str) -> str:
        """*text* for a terminal: without credentials, and with control characters escaped."""
        return visible(self._prepared.redactor.text(text) if self._prepared else text)

    @contextmanager
    def _usage_errors(self) -> Iterator[None]:
        """Raise an error that the user can fix as pytest's usage error: one message, exit code 4."""
        try:
            yield
        except UsageError as error:
            raise pytest.UsageError("\n".join(map(self._shown, error.lines))) from None

    def _exit(self, error: SuiteError) -> NoReturn:
        """End pytest with one message, instead of a failure of each item."""
        lines = [*error.traceback.splitlines(), str(error)]
        pytest.exit("\n".join(self._shown(line) for line in lines), Exit.INTERNAL_ERROR)


def _with_maxfail(given: Mapping[str, Any], config: pytest.Config) -> Mapping[str, Any]:
    """The options *given*, with pytest's ``--maxfail`` (or ``-x``) as the limit of failures, if none is given."""
    most = config.getoption("maxfail", 0)
    return {**given, "max_failures": given["max_failures"] or most or None}


def _turn_off_xdist(config: pytest.Config) -> bool:
    """Run all tests in this process; return whether pytest-xdist was on."""
    was_on: bool = config.getoption("dist", "no") != "no"
    config.option.numprocesses, config.option.dist, config.option.tx = 0, "no", []
    return was_on


def _exit_code(verdicts: int, exitstatus: int, *, suite_error: bool) -> int:
    """The exit code of the verdicts, unless pytest has seen an error that is not among them."""
    if suite_error:
        return Exit.INTERNAL_ERROR
    if exitstatus == Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    failed = exitstatus == Exit.NONCONFORMANT and verdicts in (Exit.OK, Exit.NOTHING_EXERCISED)
    return Exit.NONCONFORMANT if failed else verdicts
