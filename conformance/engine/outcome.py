"""What a check ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract import Requirement
from conformance.http_client import Exchange


class Verdict(StrEnum):
    """The verdicts of a requirement.

    ``blocked``: a prerequisite failed. ``inconclusive``: rate limit or overload, after bounded retries. ``error``: the
    suite itself broke. ``unsupported``: the user declared that the target lacks the capability. ``not-tested``:
    deselected, over budget, or in need of a credential that was not given.
    """

    PASS = "pass"
    FAIL = "fail"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    UNSUPPORTED = "unsupported"
    NOT_TESTED = "not-tested"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange that shows a violation: what was expected of it, and what came."""

    expected: str
    actual: str
    exchange: Exchange
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one requirement, with its reason and evidence.

    ``requests`` counts the exchanges that it rests on, ``tokens`` is an estimate of their prompt tokens, ``seconds``
    are those that each took. ``blocked_by`` is the requirement whose failure leaves this one unjudged, if one does.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    requests: int = 0
    tokens: int = 0
    seconds: tuple[float, ...] = ()
    blocked_by: str = ""


@dataclass(frozen=True)
class RunResult:
    """A finished, or interrupted, run: one outcome for each requirement of the catalogue.

    ``started`` is an ISO 8601 instant in UTC. ``selected`` are the ids that were asked for. ``requests`` and ``tokens``
    are what was really sent, ``generated`` the classes of what was generated. ``answered`` has, for each set of
    credentials, its answer: None for one that was not sent.
    """

    outcomes: Mapping[str, Outcome]
    selected: Sequence[str]
    started: str
    seconds: float
    requests: int
    tokens: int
    server: str = ""
    interrupted: bool = False
    generated: Mapping[str, int] = field(default_factory=dict)
    answered: Mapping[frozenset[str], Exchange | None] = field(default_factory=dict)
