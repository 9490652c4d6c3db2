"""The outcome of a check, the verdict in it, and the result of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract import Requirement
from conformance.http_client import Exchange, FailureKind

from .check import Check, Evidence, FaultKind, NothingToJudge, NotObservable, ProbeResult
from .faults import is_malformed


class Verdict(StrEnum):
    """The verdict on a requirement.

    ``blocked``: a prerequisite failed. ``inconclusive``: rate limit or overload, after bounded retries. ``error``: an
    internal error of the suite. ``unsupported``: a capability that is declared unsupported. ``not-tested``:
    deselected, over budget, or without a credential that it needs.
    """

    PASS = "pass"
    FAIL = "fail"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    UNSUPPORTED = "unsupported"
    NOT_TESTED = "not-tested"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one requirement, with its reason and evidence.

    ``requests`` counts the exchanges behind it, ``tokens`` is an estimate of their prompt tokens, ``seconds`` are
    their durations. ``blocked_by`` is the id of the failed requirement that blocks this one, or empty.
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
    """A finished or interrupted run: one outcome for each requirement of the catalogue.

    ``started`` is an ISO 8601 instant in UTC. ``selected`` are the ids of the selected requirements. ``requests`` and
    ``tokens`` count what was sent, ``generated`` counts generated requests by class. ``answered`` maps each set of
    credentials to its exchange, or to None if it was not sent. ``out_of_time``: whether the time limit ended the run.
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
    out_of_time: bool = False


def judge(
    check: Check,
    results: Sequence[ProbeResult],
    canary: ProbeResult | None,
    responsible: Mapping[FaultKind, str] | None = None,
) -> Outcome:
    """The outcome of *check*, from the results of its probes and of the canary that followed them.

    *responsible* are the ids of the requirements that kinds of faults violate: exchanges with such a fault are not
    judged here, and without other evidence the requirement is blocked by that one. Exceptions of the check's own judge,
    except NothingToJudge and NotObservable, propagate: an error of the suite.
    """
    exchanged = [*results, canary] if canary is not None else results
    others = responsible or {}
    faulty = [fault for result in exchanged if (fault := result.fault) is not None and fault in others]
    conclusive = [result for result in results if not result.inconclusive and result.fault not in others]
    evidence: list[Evidence] = []
    verdict, reason, blocked_by = Verdict.PASS, "", ""
    try:
        if not results:
            raise NothingToJudge("nothing was sent")
        evidence += check.judge(conclusive) if conclusive else ()
    except NothingToJudge as nothing:
        verdict, reason = Verdict.BLOCKED, str(nothing)
    except NotObservable as nothing:
        verdict, reason = Verdict.NOT_TESTED, str(nothing)
    if (
        canary is not None
        and not canary.inconclusive
        and canary.fault not in others
        and canary.exchange.status != 200
    ):
        evidence.append(_canary_failure(canary))
    unclear = next((result.inconclusive for result in exchanged if result.inconclusive), "")
    if evidence:
        verdict = Verdict.FAIL
        reason = f"expected {evidence[0].expected}, got {evidence[0].actual}"
    elif faulty:
        blocked_by = others[faulty[0]]
        verdict, reason = Verdict.BLOCKED, f"a response cannot be judged; see {blocked_by}"
    elif unclear:
        verdict, reason = Verdict.INCONCLUSIVE, unclear
    tokens = sum(result.probe.tokens for result in exchanged)
    seconds = tuple(result.exchange.seconds for result in exchanged)
    return Outcome(
        check.requirement, verdict, reason, tuple(evidence), len(exchanged), tokens, seconds, blocked_by
    )


def describe(exchange: Exchange) -> str:
    """The end of an exchange in a few words: the status, or what failed."""
    if exchange.failure is None:
        return what_failed(exchange) if exchange.status >= 500 else f"{exchange.status}"
    if exchange.failure.kind is FailureKind.TIMEOUT:
        return exchange.failure.detail
    return f"{what_failed(exchange)}: {exchange.failure.detail}"


def what_failed(exchange: Exchange) -> str:
    """The kind of a failed exchange: ``crashed``, ``no answer``, ``malformed``, or ``answered N``."""
    if exchange.failure is None:
        return f"answered {exchange.status}"
    if exchange.failure.kind is FailureKind.TIMEOUT:
        return "no answer"
    return "malformed" if is_malformed(exchange) else "crashed"


def _canary_failure(canary: ProbeResult) -> Evidence:
    expected = "200 to a plainly valid request after the rejected ones"
    return Evidence(expected, describe(canary.exchange), canary.exchange, canary.probe.description)
