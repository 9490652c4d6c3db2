"""The outcome of a check, the verdict in it, and the result of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract import Requirement
from conformance.http_client import Exchange, FailureKind

from .check import Check, NothingToJudge, NotObservable, ProbeResult, Remark
from .evidence import THE_SERVER, Evidence
from .faults import is_malformed


class Verdict(StrEnum):
    """The verdict on a requirement.

    ``blocked``: a prerequisite failed. ``inconclusive``: rate limit or overload, after bounded retries, or credentials
    that have expired. ``error``: an internal error of the suite. ``unsupported``: a capability that is declared
    unsupported. ``not-tested``: deselected, over budget, or without a credential that it needs.
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
    their durations. ``blocked_by`` is the id of the failed requirement that blocks this one, or empty; ``because_of``
    is the one that blocks it if it has failed. ``is_reduced``: the check had fewer requests than usual.
    ``failures`` is the number of failed exchanges if that is not the number of those in the evidence.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    requests: int = 0
    tokens: int = 0
    seconds: tuple[float, ...] = ()
    blocked_by: str = ""
    because_of: str = ""
    is_reduced: bool = False
    failures: int | None = None


@dataclass(frozen=True)
class RunResult:
    """A finished or interrupted run: one outcome for each requirement of the catalogue.

    ``started`` is an ISO 8601 instant in UTC. ``selected`` are the ids of the selected requirements. ``requests`` and
    ``tokens`` count what was sent, ``generated`` counts generated requests by class. ``answered`` maps each set of
    credentials to its exchange, or to None if it was not sent. ``out_of_time``: whether the time limit ended the run.
    ``max_failures_reached``: whether the limit of failures did.
    ``canary_times`` are the moments and the durations of plainly valid requests, in seconds.
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
    max_failures_reached: bool = False
    canary_times: Sequence[tuple[float, float]] = ()


def has_failed(outcome: Outcome) -> bool:
    """Whether the requirement has failed."""
    return outcome.verdict is Verdict.FAIL


def judge_check(
    check: Check,
    results: Sequence[ProbeResult],
    canary: ProbeResult | None,
    responsible: Mapping[str, str] | None = None,
) -> Outcome:
    """The outcome of *check*, from the results of its probes and of the canary that followed them.

    *responsible* are the ids of the requirements that kinds of faults violate: exchanges with such a fault are not
    judged here, and without other evidence the requirement is blocked by that one. Exceptions of the check's own judge,
    except NothingToJudge, NotObservable and Remark, propagate: an error of the suite.
    """
    exchanged = [*results, canary] if canary is not None else results
    others = responsible or {}
    faulty = [fault for result in exchanged if (fault := result.fault) is not None and fault in others]
    conclusive = [result for result in results if not result.inconclusive and result.fault not in others]
    evidence: list[Evidence] = []
    verdict, reason, blocked_by, because_of = Verdict.PASS, "", "", ""
    try:
        if not results:
            raise NothingToJudge("nothing was sent")
        evidence += check.judge(conclusive) if conclusive else ()
    except NothingToJudge as nothing:
        verdict, reason, because_of = Verdict.BLOCKED, str(nothing), nothing.because_of
    except NotObservable as nothing:
        verdict, reason = Verdict.NOT_TESTED, str(nothing)
    except Remark as remark:
        reason = str(remark)
    if (
        canary is not None
        and not canary.inconclusive
        and canary.fault not in others
        and not canary.exchange.succeeded
    ):
        evidence.append(_canary_failure(canary))
    unclear = next((result.inconclusive for result in exchanged if result.inconclusive), "")
    if evidence:
        verdict = Verdict.FAIL
        reason = evidence[0].reason
    elif faulty:
        blocked_by = others[faulty[0]]
        verdict, reason = Verdict.BLOCKED, f"a response cannot be judged; see {blocked_by}"
    elif unclear:
        verdict, reason = Verdict.INCONCLUSIVE, unclear
    tokens = sum(result.probe.tokens for result in exchanged)
    seconds = tuple(result.exchange.seconds for result in exchanged)
    return Outcome(
        requirement=check.requirement,
        verdict=verdict,
        reason=reason,
        evidence=tuple(evidence),
        requests=len(exchanged),
        tokens=tokens,
        seconds=seconds,
        blocked_by=blocked_by,
        because_of=because_of,
        is_reduced=check.is_reduced,
    )


def describe_exchange(exchange: Exchange) -> str:
    """The end of an exchange in a few words: the status, or what failed."""
    return f"{exchange.status}" if exchange.failure is None else _describe_failure(exchange, "")


def describe_answer(exchange: Exchange) -> str:
    """The end of an exchange as the ``actual`` of evidence."""
    answered = f"{THE_SERVER}responded with {exchange.status}"
    return answered if exchange.failure is None else _describe_failure(exchange, THE_SERVER)


def _describe_failure(exchange: Exchange, subject: str) -> str:
    assert exchange.failure is not None
    detail = exchange.failure.detail
    if exchange.failure.kind is FailureKind.TIMEOUT:
        return detail
    return f"a malformed response: {detail}" if is_malformed(exchange) else f"{subject}crashed: {detail}"


def _canary_failure(canary: ProbeResult) -> Evidence:
    expected = "200 to a plainly valid request after the rejected ones"
    return Evidence(expected, describe_answer(canary.exchange), canary.exchange, canary.probe.description)
