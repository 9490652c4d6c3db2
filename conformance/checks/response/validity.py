"""Area ``response``: each response is valid, for every kind of request that the target accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.answers import Answers
from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.not_sent import NotSupported
from conformance.checks.observable import (
    Payload,
    encodings_shown,
    optional_ids,
    places_of,
    reported_as,
    request_conditions,
    required_on_the_way,
)
from conformance.checks.valid_requests import accepted_probes, valid_requests
from conformance.contract import Contract
from conformance.contract.responses import Responses, success_phrase
from conformance.engine import (
    THE_SERVER,
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.generators.valid import depends_on_model
from conformance.text import counted

from . import consistency, large_batch_usage, usage

MEDIA_TYPE = "response.media-type"
ENCODING = "response.encoding"

THE_RESPONSE = "The response "
"""The beginning of titles of requirements."""

SHOWS_USE = {"response.dimensions": "dimensions", "response.encoding": "encoding"}
"""The role of the property of a request whose use a requirement shows."""

OF_SEVERAL = {**consistency.CHECKS, **usage.CHECKS, **large_batch_usage.CHECKS}
"""The makers of checks that compare several responses."""


def response_checks(context: Context, other_probes: Iterable[Probe] = ()) -> Iterator[Check]:
    """A check for each requirement on single responses; all share their probes.

    *other_probes* are probes of other areas that a target may accept. Their responses must be valid too.
    """
    probes = tuple(dict.fromkeys((*accepted_probes(context), *other_probes)))
    judges = ResponseJudges(context.contract, context.answers)
    for requirement in context.contract.catalogue.values():
        if requirement.area == "response" and requirement.id not in OF_SEVERAL:
            judge = (
                _media_type(context.contract.responses)
                if requirement.id == MEDIA_TYPE
                else judges.judge(requirement.id)
            )
            unsupported = _unsupported(context, judges.conditions.get(requirement.id), probes)
            yield Check(requirement, probes, judge, (context.authorized_by,), unsupported=unsupported)


def _unsupported(
    context: Context, condition: Callable[[Payload], bool] | None, probes: Sequence[Probe]
) -> str:
    """Why no supported request can show a requirement; empty if one can, or if no valid request can."""
    if condition is None or any(
        condition(payload) for probe in probes if isinstance(payload := probe.payload, dict | list)
    ):
        return ""
    cases = (case for case in valid_requests(context) if condition(json.loads(case.body)))
    return next((str(NotSupported(lacking)) for case in cases if (lacking := context.missing(case))), "")


class ResponseJudges:
    """Judges of single responses.

    ``conditions`` are the conditions on requests of those requirements that not every request can show.
    """

    def __init__(self, contract: Contract, answers: Answers) -> None:
        self._contract, self._answers = contract, answers
        self._places, self.conditions = places_of(contract), request_conditions(contract)
        self._reported_as, self._optional = reported_as(contract), optional_ids(contract)
        self._encodings, self._required = encodings_shown(contract), required_on_the_way(contract)

    def judge(self, requirement: str) -> Judge:
        """The judge for one requirement: each accepted request whose response violates it is evidence."""
        reported = self._reported_as.get(requirement, requirement)

        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            suitable = [result for result in results if self._is_suitable(requirement, result)]
            observable = [result for result in _accepted(suitable) if self._observable(requirement, result)]
            if not observable:
                absent = self._cause_of_absence(requirement, suitable)
                raise _nothing_to_judge(suitable, absent, optional=requirement in self._optional)
            note = self._ignored(requirement, observable)
            for result in observable:
                violation = self._answers.of(result.exchange).violations.get(reported)
                if violation is not None:
                    yield replace(
                        evidence(result, violation.expectation, found=violation.found), pattern=note
                    )

        return Judge(_of_every_response(self._contract, requirement), judge, of_each=True)

    def _ignored(self, requirement: str, results: Sequence[ProbeResult]) -> str:
        """That the target ignores the property that *requirement* is about; empty if it does not."""
        node = self._contract.property_of(SHOWS_USE[requirement]) if requirement in SHOWS_USE else None
        if node is None:
            return ""
        name, default = getattr(self._contract.roles, SHOWS_USE[requirement]), node.node.get("default")
        with_properties = (r for r in results if isinstance(r.probe.payload, dict))
        using = [r for r in with_properties if r.probe.payload.get(name) not in (None, default)]
        if len(using) < 2:
            return ""
        answers = [self._answers.of(result.exchange) for result in using]
        if depends_on_model(self._contract, name):
            sizes: dict[object, dict[object, int]] = {}
            for result, answer in zip(using, answers, strict=True):
                if answer.vectors is not None:
                    payload = result.probe.payload
                    model = self._contract.roles.model_of(payload)
                    sizes.setdefault(model, {})[payload[name]] = answer.vectors.size
            of_several = [found.values() for found in sizes.values() if len(found) > 1]
            is_ignored = bool(of_several) and all(len({*found}) == 1 for found in of_several)
        else:
            is_ignored = all(requirement in answer.violations for answer in answers)
        sent = counted(len(using), "request")
        return f"{THE_SERVER}ignores {name} (no effect in {sent} with it)" if is_ignored else ""

    def _is_suitable(self, requirement: str, result: ProbeResult) -> bool:
        condition = self.conditions.get(requirement)
        if condition is None:
            return True
        payload = result.probe.payload
        return isinstance(payload, dict | list) and condition(payload)

    def _observable(self, requirement: str, result: ProbeResult) -> bool:
        answer = self._answers.of(result.exchange)
        kinds = self._encodings.get(requirement)
        if kinds is not None and answer.embedding not in kinds:
            return self._reported_as.get(requirement, requirement) in answer.violations
        return answer.is_complete and (requirement not in self._places or requirement in answer.observable)

    def _cause_of_absence(self, requirement: str, results: Sequence[ProbeResult]) -> str:
        """The violated requirement because of which no response has the value that *requirement* is about."""
        violated = {
            id for result in _accepted(results) for id in self._answers.of(result.exchange).violations
        }
        of_encoding = [ENCODING] if requirement in self._encodings else []
        candidates = (*self._required.get(requirement, ()), *of_encoding)
        return next((id for id in candidates if id in violated), "")


def _nothing_to_judge(suitable: Sequence[ProbeResult], absent: str, *, optional: bool) -> Exception:
    """The reason why no response can be judged: faults of the target, or rejections that are allowed.

    *absent* is the violated requirement that explains it, or empty.
    """
    if not suitable:
        return NotObservable("no valid request of this contract can show it")
    if all(r.probe.expect is Expect.EITHER and 400 <= r.exchange.status < 500 for r in suitable):
        return NotObservable("the server rejected every request that can show it, which is allowed")
    if optional and any(r.exchange.succeeded for r in suitable):
        return NotObservable("no response contained this optional field")
    return NothingToJudge("no response contained such a value", because_of=absent)


def _of_every_response(contract: Contract, requirement: str) -> str:
    """The title of *requirement* as a statement about every response with a status of success."""
    title = contract.catalogue[requirement].title
    status = success_phrase(contract.success).removeprefix("a ")
    if title.startswith(THE_RESPONSE):
        return f"every {status} response {title.removeprefix(THE_RESPONSE)}"
    return f"in every {status} response, {title[0].lower()}{title[1:]}"


def _media_type(responses: Responses) -> Judge:
    @judges_all(f"Content-Type {responses.media_type}")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        accepted = _accepted(results)
        if not accepted:
            raise NothingToJudge(f"no valid request got {success_phrase(responses.success)}")
        for result in accepted:
            assert result.exchange.response is not None
            kind = result.exchange.response.header("content-type") or "none"
            if not responses.has_type(kind):
                yield evidence(result, f"Content-Type {responses.media_type}", found=kind)

    return judge


def _accepted(results: Sequence[ProbeResult]) -> list[ProbeResult]:
    return [result for result in results if result.exchange.succeeded]
