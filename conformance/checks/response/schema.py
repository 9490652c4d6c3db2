"""Area ``response``: what an answer must be, judged on every kind of request that the target accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from weakref import finalize

from conformance.checks.context import Context, NotSupported
from conformance.checks.judges import evidence
from conformance.checks.request.schema import accepted_probes, valid_requests
from conformance.contract import Contract
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
)
from conformance.http_client import Exchange
from conformance.validation import Violation, parse, validate_response

from .consistency import CHECKS as ACROSS_ANSWERS
from .observable import Request, asked_by, places_of, stand_ins, stands_at

MEDIA_TYPE = "response.media-type"


def response_checks(context: Context, answered_elsewhere: Iterable[Probe] = ()) -> Iterator[Check]:
    """A check for each requirement on answers; all share the probes, and each answer is validated once.

    *answered_elsewhere* are probes of other areas that may be answered, and then have to be answered validly.
    """
    probes = tuple(dict.fromkeys((*accepted_probes(context), *answered_elsewhere)))
    judges = Judges(context.contract)
    for requirement in context.contract.catalogue.values():
        if requirement.area == "response" and requirement.id not in ACROSS_ANSWERS:
            judge = (
                _media_type(context.contract)
                if requirement.id == MEDIA_TYPE
                else judges.judge(requirement.id)
            )
            unsupported = _unclaimed(context, judges.asked.get(requirement.id), probes)
            yield Check(requirement, probes, judge, (context.authorized_by,), unsupported=unsupported)


def _unclaimed(context: Context, asks: Callable[[Request], bool] | None, probes: Sequence[Probe]) -> str:
    """Why no request that the target claims to serve shows a requirement; empty where one does, or none could."""
    if asks is None or any(asks(_payload(probe)) for probe in probes):
        return ""
    shown = (case for case in valid_requests(context) if asks(json.loads(case.body)))
    return next((str(NotSupported(lacking)) for case in shown if (lacking := context.lacking(case))), "")


class Judges:
    """Judges of answers, which are read and validated once for each exchange.

    ``asked`` says which requests let a requirement show, where not all do.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._places, self.asked = places_of(contract), asked_by(contract)
        self._stand_ins = stand_ins(contract)
        self._found: dict[int, _Judged] = {}

    def judge(self, requirement: str) -> Judge:
        """The judge for one requirement: each accepted answer that violates it is evidence."""
        looked_for = self._stand_ins.get(requirement, requirement)

        def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
            asked = [answer for answer in answers if self._asks(requirement, answer)]
            showing = [answer for answer in _accepted(asked) if self._shows(requirement, answer)]
            if not showing:
                raise _nothing(asked)
            for answer in showing:
                for violation in self._judged(answer.exchange).violations:
                    if violation.requirement == looked_for:
                        place = violation.pointer or "the body"
                        yield evidence(answer, f"{violation.expected} at {place}", found=violation.found)
                        break

        return judge

    def _asks(self, requirement: str, answer: ProbeResult) -> bool:
        condition = self.asked.get(requirement)
        return condition is None or condition(_payload(answer.probe))

    def _shows(self, requirement: str, answer: ProbeResult) -> bool:
        return requirement not in self._places or requirement in self._judged(answer.exchange).shown

    def _judged(self, exchange: Exchange) -> _Judged:
        key = id(exchange)
        if key not in self._found:
            assert exchange.response is not None
            body, sent = exchange.response.body, exchange.request.body
            parsed = parse(body)
            # A clean answer need not be read twice; a text that stands for a whole answer would be.
            clean = not parsed.problems and not isinstance(parsed.value, str)
            found = validate_response(
                parsed.value if clean else body,
                b"".join(sent) if isinstance(sent, tuple) else sent,
                contract=self._contract,
            )
            shown = (
                requirement
                for requirement, places in self._places.items()
                if any(stands_at(parsed.value, place) for place in places)
            )
            self._found[key] = _Judged(frozenset(shown), found)
            finalize(exchange, self._found.pop, key).atexit = False
        return self._found[key]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is wrong with an answer, and the requirements that it has something to show of.

    Neither the answer's value nor the exchange is kept: they can have millions of numbers.
    """

    shown: frozenset[str]
    violations: list[Violation]


def _nothing(asked: Sequence[ProbeResult]) -> Exception:
    """Why nothing shows a requirement: because of the target's faults, or because it may refuse what would show it."""
    if not asked:
        return NotObservable("no request of this contract would show it")
    if all(a.probe.expect is Expect.EITHER and 400 <= a.exchange.status < 500 for a in asked):
        return NotObservable("the target refused every request that would show it, which it may")
    return NothingToJudge("no answer lets it show")


def _media_type(contract: Contract) -> Judge:
    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        accepted = _accepted(answers)
        if not accepted:
            raise NothingToJudge("no valid request was answered with 200")
        for answer in accepted:
            assert answer.exchange.response is not None
            kind = answer.exchange.response.header("content-type") or "none"
            if kind.partition(";")[0].strip().lower() != contract.media_type:
                yield evidence(answer, f"Content-Type {contract.media_type}", found=kind)

    return judge


def _accepted(answers: Sequence[ProbeResult]) -> list[ProbeResult]:
    return [answer for answer in answers if answer.exchange.status == 200]


def _payload(probe: Probe) -> Request:
    body = probe.request.body
    payload: Request = json.loads(body if isinstance(body, bytes) else b"".join(body or ()))
    return payload
