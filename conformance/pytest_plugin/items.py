"""The items of the suite in pytest: one for each requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from conformance.contract import Requirement
from conformance.report import Judged, Standing

from .suite_name import NAME


class VerdictSource(Protocol):
    """The session, which gives the verdicts to its items."""

    def judged(self, id: str) -> Judged:
        """Wait for the verdict on one requirement."""
        ...

    def explain(self, judged: Judged) -> str:
        """The verdict with its evidence, for a terminal."""
        ...

    def reason(self, judged: Judged) -> str:
        """The reason for a verdict, for a terminal."""
        ...


class ConformanceSuite(pytest.Collector):
    """The parent of all items.

    Its name is empty, since ``-k`` searches it: with a name, ``-k embedding`` would select every requirement.
    """

    @classmethod
    def below(cls, session: pytest.Session) -> ConformanceSuite:
        """The collector of *session*."""
        suite: ConformanceSuite = cls.from_parent(session, name="", nodeid=NAME)
        return suite

    def collect(self) -> list[pytest.Item]:
        """Nothing: the session adds the items itself."""
        return []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {NAME}>"


class ConformanceItem(pytest.Item):
    """One requirement."""

    requirement: Requirement
    verdict_source: VerdictSource
    verdict: Judged | None = None

    @classmethod
    def of(
        cls, parent: ConformanceSuite, requirement: Requirement, verdict_source: VerdictSource
    ) -> ConformanceItem:
        """The item for *requirement*, marked with its level and area."""
        item: ConformanceItem = cls.from_parent(parent, name=requirement.id)
        item.requirement, item.verdict_source = requirement, verdict_source
        item.add_marker(requirement.level)
        item.add_marker(requirement.area)
        item.user_properties += [("requirement", requirement.id), ("level", requirement.level)]
        return item

    def wait(self) -> None:
        """Wait for the verdict."""
        self.verdict = self.verdict_source.judged(self.requirement.id)

    def runtest(self) -> None:
        """End as pytest expects: pass, skip, xfail or fail."""
        judged = self.verdict
        assert judged is not None
        match judged.standing:
            case Standing.KNOWN if not self.config.getoption("runxfail", False):
                pytest.xfail(self.verdict_source.reason(judged))
            case Standing.OPEN:
                pytest.skip(f"{judged.outcome.verdict.value}: {self.verdict_source.reason(judged)}")
            case Standing.BAD | Standing.KNOWN:
                raise Unmet(self.requirement.id)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Explain an unmet requirement, known or not; pytest explains other exceptions."""
        judged = self.verdict
        if judged is None or not isinstance(excinfo.value, Unmet | pytest.xfail.Exception):
            return super().repr_failure(excinfo, style)
        summary = OneLine(f"{judged.outcome.verdict.value}: {self.verdict_source.reason(judged)}")
        return Explanation(
            self.verdict_source.explain(judged), summary, brief=self.config.getoption("tbstyle") == "line"
        )

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """The location of the item: no file and line, but its id and title."""
        return self.config.rootpath, None, f"{self.name}: {self.requirement.title}"


class Unmet(Exception):
    """An unmet requirement, by its id."""


@dataclass(frozen=True)
class OneLine:
    """A failure in one line: for the short summary, ``--tb=line`` and the ``message`` of a JUnit report."""

    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Explanation:
    """The text of a failure, in the form that pytest prints and writes to JUnit reports.

    With *brief*, the terminal gets nothing from here: pytest adds the one line itself.
    """

    text: str
    reprcrash: OneLine
    brief: bool

    def toterminal(self, terminal: Any) -> None:
        """Write the text to pytest's terminal."""
        if not self.brief:
            terminal.line(self.text)

    def __str__(self) -> str:
        return self.text
