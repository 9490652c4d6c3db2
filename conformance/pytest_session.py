"""The packaged suite as pytest items: one for each requirement, all of them one concurrent run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from .background import BackgroundRun
from .configuration import configure
from .contract import LEVELS, Contract, Requirement
from .preparation import USAGE_ERRORS, Prepared, open_target, prepare
from .report import Exit, Judged, Report, Standing, conclusion, explain, reason, visible

NAME = "embeddings-conformance"


class ConformanceSession:
    """Collects the catalogue, runs what was selected of it, and ends pytest with the suite's exit code."""

    def __init__(self, config: pytest.Config, given: Mapping[str, Any]) -> None:
        self._config = config
        with usage_errors():
            self.configuration = configure(given, config.rootpath)
            c = self.configuration
            self._contract = Contract.load(c.contract, profile=c.profile)
            self._target = open_target(c)
        _refuse_xdist(config)
        areas = {requirement.area for requirement in self._contract.catalogue.values()}
        for marker in (*LEVELS, *sorted(areas)):
            config.addinivalue_line("markers", f"{marker}: requirements of that level or area ({NAME})")
        self._prepared: Prepared | None = None
        self._background: BackgroundRun | None = None
        self._report: Report | None = None

    def pytest_report_header(self) -> str:
        """Say what is tested, and against which contract."""
        contract = self._contract
        target = ", ".join(self._target.description.values())
        return f"{NAME}: {contract.file.name}, profile {contract.profile}, target {target}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Collect one item for each requirement, before anybody selects."""
        parent = ConformanceSuite.from_parent(session, name=NAME, nodeid=NAME)
        requirements = self._contract.catalogue.values()
        items.extend(ConformanceItem.of(parent, requirement, self) for requirement in requirements)
        collected = pytest.CollectReport(NAME, "passed", None, list(items))
        session.config.hook.pytest_collectreport(report=collected)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Start the run for the items that were selected; print the plan instead where that was asked for."""
        if session.config.option.collectonly:
            return None
        selected = [item.name for item in session.items if isinstance(item, ConformanceItem)]
        with usage_errors():
            self._prepared = prepare(self.configuration)
            if self.configuration.plan:
                print("\n" + "\n".join(self._prepared.plan(selected)))
                return True
            self._background = BackgroundRun(self._prepared, selected)
            self._background.start()
        return None

    def judged(self, id: str) -> Judged:
        """Wait for the verdict on one requirement."""
        assert self._background is not None
        assert self._prepared is not None
        return self._prepared.judge(self._background.outcome(id))

    def explain(self, judged: Judged) -> str:
        """The verdict with its evidence, for a terminal."""
        assert self._prepared is not None
        return explain(judged, self._prepared.url, self._prepared.redactor)

    def said(self, judged: Judged) -> str:
        """The reason for a verdict, fit to be shown."""
        assert self._prepared is not None
        return visible(self._prepared.redactor.text(reason(judged)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End the run, write the reports, and set the exit code."""
        if (
            self._background is None
            or self._prepared is None
            or exitstatus in (Exit.INTERNAL_ERROR, Exit.USAGE)
        ):
            return
        self._report = self._prepared.report(self._background.stop())
        session.exitstatus = _exit_code(self._report, exitstatus)
        with usage_errors():
            self._prepared.write(self._report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Conclude with one line, and say why a run without a failure is no success."""
        if self._report is None:
            return
        terminalreporter.section(NAME)
        terminalreporter.line(conclusion(self._report))
        if self._report.code == Exit.NOTHING_EXERCISED:
            terminalreporter.line(
                "Nothing was exercised: no requirement passed that shows the target at work."
            )
        if self.configuration.json is not None:
            terminalreporter.line(f"Report: {self.configuration.json}")


class ConformanceSuite(pytest.Collector):
    """The node above all items."""

    def collect(self) -> list[pytest.Item]:
        """Nothing here: the items are handed to pytest directly."""
        return []


class ConformanceItem(pytest.Item):
    """One requirement."""

    requirement: Requirement
    owner: ConformanceSession

    @classmethod
    def of(
        cls, parent: ConformanceSuite, requirement: Requirement, owner: ConformanceSession
    ) -> ConformanceItem:
        """The item for *requirement*, marked with its level and area."""
        item: ConformanceItem = cls.from_parent(parent, name=requirement.id)
        item.requirement, item.owner = requirement, owner
        item.add_marker(requirement.level)
        item.add_marker(requirement.area)
        item.user_properties += [("requirement", requirement.id), ("level", requirement.level)]
        return item

    def runtest(self) -> None:
        """Wait for the verdict, and say it in pytest's terms."""
        judged = self.owner.judged(self.requirement.id)
        match judged.standing:
            case Standing.KNOWN:
                pytest.xfail(self.owner.said(judged))
            case Standing.OPEN:
                pytest.skip(f"{judged.outcome.verdict.value}: {self.owner.said(judged)}")
            case Standing.BAD:
                raise Unmet(judged)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Explain an unmet requirement; leave everything else to pytest."""
        if not isinstance(excinfo.value, Unmet):
            return super().repr_failure(excinfo, style)
        judged = excinfo.value.judged
        return Explanation(
            self.owner.explain(judged), f"{judged.outcome.verdict.value}: {self.owner.said(judged)}"
        )

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where pytest says that the item stands."""
        return self.config.rootpath, None, f"{self.name}: {self.requirement.title}"


class Unmet(Exception):
    """A requirement that fails the run."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        super().__init__(judged.outcome.requirement.id)


@dataclass(frozen=True)
class Explanation:
    """A failure's text, in the form that pytest's terminal and JUnit reports take."""

    text: str
    message: str

    @property
    def reprcrash(self) -> Explanation:
        """What pytest looks for the one-line ``message`` in."""
        return self

    def toterminal(self, terminal: Any) -> None:
        """Write the text to pytest's terminal."""
        terminal.line(self.text)

    def __str__(self) -> str:
        return self.text


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn what the user can mend into pytest's usage error: one message, exit code 4."""
    try:
        yield
    except USAGE_ERRORS as error:
        raise pytest.UsageError(visible(str(error))) from None


def _refuse_xdist(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.getoption("dist", "no") != "no":
        raise pytest.UsageError(
            "the suite is one run, concurrent by itself (--conformance-concurrency): leave pytest-xdist out with -n 0"
        )


def _exit_code(report: Report, exitstatus: int) -> int:
    if exitstatus == Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    if report.code == Exit.INTERRUPTED:
        return exitstatus
    return max(report.code, exitstatus) if exitstatus == Exit.NOTHING_EXERCISED else report.code
