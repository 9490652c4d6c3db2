"""Area ``response``: what an answer must be, judged on every kind of request that the target accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conformance.contract import Contract
from conformance.engine import Answer, Check, Evidence, Judge, NothingToJudge
from conformance.payload import Violation, validate_response
from conformance.target import Exchange

from .answers import CHECKS as ACROSS_ANSWERS
from .context import Context
from .judges import evidence, status_of
from .request import accepted_probes

MEDIA_TYPE = "response.media-type"


def response_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on answers; all share the probes, and each answer is validated once."""
    probes = accepted_probes(context)
    violations = Violations(context.contract)
    for requirement in context.contract.catalogue.values():
        if requirement.area == "response" and requirement.id not in ACROSS_ANSWERS:
            judge = (
                _media_type(context.contract)
                if requirement.id == MEDIA_TYPE
                else violations.judge(requirement.id)
            )
            yield Check(requirement, probes, judge, (context.authorized_by,))


class Violations:
    """The violations of answers, found once for each exchange."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._found: dict[int, tuple[Exchange, list[Violation]]] = {}

    def judge(self, requirement: str) -> Judge:
        """The judge for one requirement: each accepted answer that violates it is evidence."""
        relevant = RELEVANT.get(requirement)

        def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
            accepted = [a for a in _accepted(answers) if relevant is None or relevant(_payload(a))]
            if not accepted:
                raise NothingToJudge("no request that would show it was answered with 200")
            for answer in accepted:
                for violation in self.of(answer.exchange):
                    if violation.requirement == requirement:
                        place = violation.pointer or "the body"
                        yield evidence(answer, f"{violation.expected} at {place}", found=violation.found)
                        break

        return judge

    def of(self, exchange: Exchange) -> list[Violation]:
        """What is wrong with the answer of *exchange*."""
        if id(exchange) not in self._found:
            assert exchange.response is not None
            body, sent = exchange.response.body, exchange.request.body
            found = validate_response(
                body, sent if isinstance(sent, bytes) else None, contract=self._contract
            )
            self._found[id(exchange)] = exchange, found
        return self._found[id(exchange)][1]


def _media_type(contract: Contract) -> Judge:
    def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
        accepted = _accepted(answers)
        if not accepted:
            raise NothingToJudge("no valid request was answered with 200")
        for answer in accepted:
            assert answer.exchange.response is not None
            kind = answer.exchange.response.header("content-type") or "none"
            if kind.partition(";")[0].strip().lower() != contract.media_type:
                yield evidence(answer, f"Content-Type {contract.media_type}", found=kind)

    return judge


def _accepted(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if status_of(answer.exchange) == 200]


def _payload(answer: Answer) -> Mapping[str, Any]:
    body = answer.probe.request.body
    payload: Mapping[str, Any] = json.loads(body if isinstance(body, bytes) else b"".join(body or ()))
    return payload


RELEVANT: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "response.base64": lambda payload: payload.get("encoding_format") == "base64",
}
"""Which requests let a requirement show, where not all do."""
