"""What pytest sees of the suite: one item for each requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from conformance.contract import Requirement
from conformance.report import Judged, Standing

NAME = "embeddings-conformance"


class Owner(Protocol):
    """What an item asks of the session that it belongs to."""

    def judged(self, id: str) -> Judged:
        """Wait for the verdict on one requirement."""
        ...

    def explain(self, judged: Judged) -> str:
        """The verdict with its evidence, for a terminal."""
        ...

    def said(self, judged: Judged) -> str:
        """The reason for a verdict, fit to be shown."""
        ...


class ConformanceSuite(pytest.Collector):
    """The node above all items.

    Its name is empty, since ``-k`` looks into it: ``-k embedding`` would choose every requirement.
    """

    @classmethod
    def below(cls, session: pytest.Session) -> ConformanceSuite:
        """The node of *session*."""
        suite: ConformanceSuite = cls.from_parent(session, name="", nodeid=NAME)
        return suite

    def collect(self) -> list[pytest.Item]:
        """Nothing here: the items are handed to pytest directly."""
        return []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {NAME}>"


class ConformanceItem(pytest.Item):
    """One requirement."""

    requirement: Requirement
    owner: Owner
    verdict: Judged | None = None

    @classmethod
    def of(cls, parent: ConformanceSuite, requirement: Requirement, owner: Owner) -> ConformanceItem:
        """The item for *requirement*, marked with its level and area."""
        item: ConformanceItem = cls.from_parent(parent, name=requirement.id)
        item.requirement, item.owner = requirement, owner
        item.add_marker(requirement.level)
        item.add_marker(requirement.area)
        item.user_properties += [("requirement", requirement.id), ("level", requirement.level)]
        return item

    def runtest(self) -> None:
        """Wait for the verdict, and say it in pytest's terms."""
        judged = self.verdict = self.owner.judged(self.requirement.id)
        match judged.standing:
            case Standing.KNOWN if not self.config.getoption("runxfail", False):
                pytest.xfail(self.owner.said(judged))
            case Standing.OPEN:
                pytest.skip(f"{judged.outcome.verdict.value}: {self.owner.said(judged)}")
            case Standing.BAD | Standing.KNOWN:
                raise Unmet(self.requirement.id)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Explain an unmet requirement, known or not; leave everything else to pytest."""
        judged = self.verdict
        if judged is None or not isinstance(excinfo.value, Unmet | pytest.xfail.Exception):
            return super().repr_failure(excinfo, style)
        summary = OneLine(f"{judged.outcome.verdict.value}: {self.owner.said(judged)}")
        return Explanation(
            self.owner.explain(judged), summary, brief=self.config.getoption("tbstyle") == "line"
        )

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Where pytest says that the item stands."""
        return self.config.rootpath, None, f"{self.name}: {self.requirement.title}"


class Unmet(Exception):
    """A requirement, named by its id, that fails the run."""


@dataclass(frozen=True)
class OneLine:
    """A failure in one line: pytest's short summary, ``--tb=line`` and the ``message`` of its JUnit report."""

    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Explanation:
    """A failure's text, in the form that pytest's terminal and JUnit reports take.

    A terminal gets none of it where it is to be *brief*: pytest adds the one line by itself.
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
