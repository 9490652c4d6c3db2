"""From the answers to a check's probes to its outcome."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.http_client import Exchange

from .check import Check, NothingToJudge, NotObservable, ProbeResult
from .outcome import Evidence, Outcome, Verdict
from .sender import succeeded


def judge(check: Check, answers: Sequence[ProbeResult], canary: ProbeResult | None) -> Outcome:
    """The outcome of *check*, from the answers to its probes and from the canary that followed them.

    What the check's own judge raises, but for NothingToJudge and NotObservable, goes through: an error of the suite.
    """
    conclusive = [answer for answer in answers if not answer.inconclusive]
    evidence: list[Evidence] = []
    verdict, reason = Verdict.PASS, ""
    try:
        if not answers:
            raise NothingToJudge("nothing was sent")
        evidence += check.judge(conclusive) if conclusive else ()
    except NothingToJudge as nothing:
        verdict, reason = Verdict.BLOCKED, str(nothing)
    except NotObservable as nothing:
        verdict, reason = Verdict.NOT_TESTED, str(nothing)
    followed = [*answers, canary] if canary is not None else answers
    if canary is not None and not canary.inconclusive and not succeeded(canary.exchange):
        evidence.append(_harm(canary))
    unclear = next((answer.inconclusive for answer in followed if answer.inconclusive), "")
    if evidence:
        verdict = Verdict.FAIL
        reason = f"expected {evidence[0].expected}, got {evidence[0].actual}"
    elif unclear:
        verdict, reason = Verdict.INCONCLUSIVE, unclear
    tokens = sum(answer.probe.tokens for answer in followed)
    seconds = tuple(answer.exchange.seconds for answer in followed)
    return Outcome(check.requirement, verdict, reason, tuple(evidence), len(followed), tokens, seconds)


def describe(exchange: Exchange) -> str:
    """How an exchange ended, in a few words."""
    if exchange.response is not None:
        return f"{exchange.response.status}"
    assert exchange.failure is not None
    return f"no answer: {exchange.failure.detail} ({exchange.failure.kind.value})"


def _harm(canary: ProbeResult) -> Evidence:
    expected = "200 to a plainly valid request that followed the refused ones"
    return Evidence(expected, describe(canary.exchange), canary.exchange, canary.probe.description)
