"""Judge recorded exchanges by every requirement that a recording can show."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from conformance.contract import Contract
from conformance.text import clip

from .case import MAX_LABEL, Case, Line, Notes
from .comparing import Comparing
from .observations import Observations
from .others import Others
from .recorded import Recorded, Unread
from .rules import rules_of
from .successes import Successes
from .summary import Group, Position, Summary

NO_STATUS: Final = "it has neither a status nor a response with vectors"


class Judge:
    """Judges exchanges, and counts them in a summary. *show_texts*: whether evidence may have texts and vectors."""

    def __init__(self, contract: Contract, *, show_texts: bool = False) -> None:
        self.summary, self.observations = Summary(), Observations()
        rules = rules_of(contract)
        self._rules, self._notes = rules, Notes(contract, self.summary, show_texts=show_texts)
        self._successes, self._others = Successes(contract, rules), Others(contract, rules, self._notes)
        self._comparing = Comparing(contract, rules, self._notes, self.observations)

    @property
    def groups(self) -> list[Group]:
        """The groups to which the observations refer by number."""
        return self._comparing.groups.all

    def judge(self, recorded: Recorded, line: Line, position: Position, file: int) -> None:
        """Judge one exchange, which the line at *position* of the file with that number has. Raises Unread."""
        is_known = recorded.status is not None or recorded.is_success or recorded.is_failure
        if not is_known and recorded.response is not None:
            raise Unread(NO_STATUS)
        case = Case(recorded, line, position, _group(recorded), file)
        shown: frozenset[str] = frozenset()
        if recorded.is_success:
            if recorded.response is not None:
                shown = self._judge_success(case)
            else:
                self.summary.without_body += 1
            shown = _union(shown, self._others.media_type(case))
        elif recorded.status is not None and recorded.status >= 400:
            shown = self._others.error(case, recorded.status)
        shown = _union(shown, self._others.request(case))
        self._others.credentials(case)
        self.summary.tested[shown] += 1
        self.summary.add_exchange(case.group, recorded.time)

    def _judge_success(self, case: Case) -> frozenset[str]:
        success = self._successes.judge(case)
        for id, reported in self._rules.failing(success.shown, success.findings):
            self._notes.fail(case, id, success.findings[reported])
        return _union(success.shown, self._comparing.judge(case, success))


@lru_cache(maxsize=10_000)
def _union(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """All ids of two sets. Most exchanges show the same ones, so it is mostly known."""
    return one | other


def _group(recorded: Recorded) -> Group:
    status = "" if recorded.status is None else str(recorded.status)
    hour = "" if recorded.time is None else _hour(int(recorded.time // 3600))
    return Group(_label(recorded.model[:MAX_LABEL]), _label(recorded.provider[:MAX_LABEL]), status, hour)


@lru_cache(maxsize=10_000)
def _label(name: str) -> str:
    return clip(name)


@lru_cache(maxsize=10_000)
def _hour(hours: int) -> str:
    return datetime.fromtimestamp(hours * 3600, UTC).strftime("%Y-%m-%dT%H")
