"""The packaged suite in pytest: all selected requirements are one concurrent run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from conformance.config.settings import ConfigurationError, configure
from conformance.contract import LEVELS, Contract
from conformance.errors import UsageError
from conformance.report import Exit, Judged, Report, conclusion, explain, hint, reason, row, visible
from conformance.runner.background import BackgroundRun, SuiteBroke
from conformance.runner.opening import open_target
from conformance.runner.outputs import write, written
from conformance.runner.prepare import Prepared, prepare
from conformance.runner.selection import catalogue_of, chosen
from conformance.runner.signals import deferred, terminated_like_interrupted

from .items import NAME, ConformanceItem, ConformanceSuite


class ConformanceSession:
    """Collects the catalogue, runs what was selected of it, and ends pytest with the suite's exit code."""

    def __init__(self, config: pytest.Config, given: Mapping[str, Any]) -> None:
        self._prepared: Prepared | None = None
        self._background: BackgroundRun | None = None
        self._report: Report | None = None
        self._signals = ExitStack()
        self._unwritten = ""
        with self._usage_errors():
            self.configuration = configure(given, config.invocation_params.dir)
            c = self.configuration
            self._contract = Contract.load(c.contract, profile=c.profile)
            self._catalogue = catalogue_of(c, self._contract)
            self._wanted = frozenset(chosen(c, self._catalogue, self._contract.catalogue))
            self._target = open_target(c)
        _refuse_xdist(config)
        areas = {requirement.area for requirement in self._catalogue.values()}
        for marker in (*LEVELS, *sorted(areas)):
            config.addinivalue_line("markers", f"{marker}: requirements of that level or area ({NAME})")

    def pytest_report_header(self) -> str:
        """Say what is tested, and against which contract."""
        contract = self._contract
        target = ", ".join(self._target.description.values())
        file = self.configuration.inherited
        settings = f", settings from {visible(str(file))}" if file else ""
        return f"{NAME}: {contract.file.name}, profile {contract.profile}, target {target}{settings}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Collect one item for each requirement, before anybody selects."""
        parent = ConformanceSuite.below(session)
        requirements = self._catalogue.values()
        items.extend(ConformanceItem.of(parent, requirement, self) for requirement in requirements)
        collected = pytest.CollectReport(NAME, "passed", None, list(items))
        session.config.hook.pytest_collectreport(report=collected)
        if unwanted := [item for item in items if item.name not in self._wanted]:
            session.config.hook.pytest_deselected(items=unwanted)
            items[:] = [item for item in items if item.name in self._wanted]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Start the run for the items that were selected; print the plan instead where that was asked for."""
        if session.config.option.collectonly or session.config.getoption("setuponly", False):
            return None
        selected = [item.name for item in session.items if isinstance(item, ConformanceItem)]
        with self._usage_errors():
            self._prepared = prepare(self.configuration)
            if self.configuration.plan:
                print("\n" + "\n".join(self._prepared.plan(selected)))
                return True
            self._background = BackgroundRun(self._prepared, selected)
            self._signals.enter_context(terminated_like_interrupted())
            try:
                self._background.start()
            except SuiteBroke as broken:
                self._give_up(broken)
        return None

    def judged(self, id: str) -> Judged:
        """Wait for the verdict on one requirement."""
        assert self._background is not None
        assert self._prepared is not None
        try:
            return self._prepared.judge(self._background.outcome(id))
        except SuiteBroke as broken:
            self._give_up(broken)

    def explain(self, judged: Judged) -> str:
        """The verdict with its evidence, for a terminal."""
        assert self._prepared is not None
        return explain(row(judged, self._prepared.url, self._prepared.redactor))

    def said(self, judged: Judged) -> str:
        """The reason for a verdict, fit to be shown."""
        return self._shown(reason(judged))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the run, write the reports, and set the exit code."""
        self._signals.close()
        background, prepared = self._background, self._prepared
        if background is None or prepared is None or exitstatus == Exit.USAGE:
            return
        if exitstatus == Exit.INTERNAL_ERROR and background.broken is None:
            return
        with deferred():
            report = prepared.report(background.stop())
            code = _exit_code(report.code, exitstatus, broken=background.broken is not None)
            self._report = replace(report, code=code)
            session.exitstatus = code
            try:
                write(self._report, self.configuration, prepared.baseline)
            except ConfigurationError as error:
                self._unwritten = self._shown(error.message)
                session.exitstatus = Exit.USAGE
            except KeyboardInterrupt:
                self._unwritten = "the reports were interrupted, and are not whole"
                session.exitstatus = Exit.INTERRUPTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Conclude with one line, and say why a run without a failure is no success."""
        if self._report is None:
            return
        terminalreporter.section(NAME)
        document = self._report.as_dict()
        if look_first := hint(document):
            terminalreporter.line(look_first, bold=True)
        terminalreporter.line(conclusion(document))
        if self._report.code == Exit.NOTHING_EXERCISED:
            terminalreporter.line(
                "Nothing was exercised: no requirement passed that shows the target at work."
            )
        if self._background is not None and self._background.broken is not None:
            terminalreporter.line(f"ERROR: {self._shown(str(self._background.broken))}", red=True)
        if self._unwritten:
            terminalreporter.line(f"ERROR: {self._unwritten}", red=True)
            return
        for line in written(self.configuration):
            terminalreporter.line(line)

    def _shown(self, text: str) -> str:
        """*text* fit for a terminal: nothing secret in it, and nothing that drives one."""
        return visible(self._prepared.redactor.text(text) if self._prepared else text)

    @contextmanager
    def _usage_errors(self) -> Iterator[None]:
        """Turn what the user can mend into pytest's usage error: one message, exit code 4."""
        try:
            yield
        except UsageError as error:
            raise pytest.UsageError(self._shown(error.message)) from None

    def _give_up(self, broken: SuiteBroke) -> NoReturn:
        """End pytest: one message in place of a failure for each item."""
        lines = [*broken.traceback.splitlines(), str(broken)]
        pytest.exit("\n".join(self._shown(line) for line in lines), Exit.INTERNAL_ERROR)


def _refuse_xdist(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.getoption("dist", "no") != "no":
        raise pytest.UsageError(
            "the suite is one run, concurrent by itself (--conformance-concurrency): leave pytest-xdist out with -n 0"
        )


def _exit_code(verdicts: int, exitstatus: int, *, broken: bool) -> int:
    """The code of the verdicts, unless pytest knows what they do not show."""
    if broken:
        return Exit.INTERNAL_ERROR
    if exitstatus == Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    failed = exitstatus == Exit.NONCONFORMANT and verdicts in (Exit.OK, Exit.NOTHING_EXERCISED)
    return Exit.NONCONFORMANT if failed else verdicts
