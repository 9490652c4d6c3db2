"""Area ``request``: what the contract's request schema, and JSON itself, let through and keep out."""

from __future__ import annotations

import json
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.checks.context import Context, NotSupported
from conformance.checks.judges import evidence, meets_expectation
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NothingToJudge, Probe, ProbeResult, each
from conformance.generators import Case, combinations, oversized
from conformance.generators.case import make_case
from conformance.validation import EMPTY_ITEM

from .texts import PROBES as TEXTS

TIMES = 4
"""How often a request with dimensions is sent: some servers honour them now and then."""

REFUSAL_STATUS = "request.rejection.status"
CRASH = "request.json.no-crash"
REFUSALS = frozenset({400, 413, 415, 422})
NO_MODEL = 404
"""What servers answer that look for the model first, and find none of that name."""


def request_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on requests."""
    refused: dict[Probe, None] = {}
    of_models: set[Hashable] = set()
    for requirement in context.contract.catalogue.values():
        if (
            requirement.area != "request"
            or requirement.id in (REFUSAL_STATUS, CRASH)
            or requirement.id in TEXTS
        ):
            continue
        probes = tuple(_probes(context, requirement))
        unsupported = _unclaimed(context, requirement)
        refused |= dict.fromkeys(probe for probe in probes if probe.expect is Expect.REJECT)
        if requirement.id.startswith(f"{context.contract.request.name}.model."):
            of_models |= {probe.key for probe in probes}
        yield Check(
            requirement,
            probes,
            each(meets_expectation),
            _needs(context, requirement),
            untestable="" if probes or unsupported else "no payload shows it in this contract",
            unsupported=unsupported,
        )
    crash = context.contract.catalogue.get(CRASH)
    if crash is not None:
        yield Check(crash, tuple(_malformed(context)), each(_survives), (context.authorized_by,))
    statuses = context.contract.catalogue.get(REFUSAL_STATUS)
    if statuses is not None:
        judge = partial(_judge_statuses, of_models)
        yield Check(statuses, tuple(refused), judge, (context.authorized_by,))


def accepted_probes(context: Context) -> tuple[Probe, ...]:
    """All probes that the target has to accept, each once; those with dimensions several times.

    Servers break on one encoding only, only with a user, only from the second item on, or only now and then.
    """
    cases = context.claimed(valid_requests(context))
    probes = tuple(context.accepting(case) for case in cases)
    again = [context.accepting(case) for case in cases if context.is_sized(case)]
    repeated = tuple(replace(p, occurrence=n) for n in range(1, TIMES) for p in again)
    return (*probes, *repeated, *_by_other_doors(context))


def valid_requests(context: Context) -> Iterable[Case]:
    """All valid cases, each once, whatever the target claims."""
    cases = {case.body: case for cases in context.valid.values() for case in cases}
    for more in (combinations, oversized):
        cases |= {case.body: case for case in more(context.contract, context.model)}
    return cases.values()


def _by_other_doors(context: Context) -> Iterator[Probe]:
    """A batch with each optional property, by every other alternative that was given: gateways take other ways then."""
    credentials = context.credentials
    for names in context.contract.security.alternatives:
        if names <= credentials.given.keys() and names != credentials.alternative:
            cases = combinations(context.contract, context.model, only="an array of strings")
            for case in context.claimed(cases):
                probe = context.accepting(case)
                headers = credentials.headers(names)
                yield context.plain_probe(case.description, probe.expect, headers=headers, body=case.body)


def _probes(context: Context, requirement: Requirement) -> Iterator[Probe]:
    for case in context.claimed(context.valid.get(requirement.id, ())):
        yield context.accepting(case)
    for case in context.invalid.get(requirement.id, ()):
        yield context.probe(case, Expect.REJECT)
    if requirement.id == EMPTY_ITEM:
        for description, value in (("alone", [""]), ("first", ["", "river"]), ("last", ["river", ""])):
            payload = {**json.loads(context.plain.body), "input": value}
            case = make_case(
                context.contract, requirement.id, f"an empty string {description} in an array", payload
            )
            yield context.probe(case, Expect.REJECT)


def _unclaimed(context: Context, requirement: Requirement) -> str:
    """Why the requirement is about something that the target does not claim; empty where it is not."""
    cases = context.valid.get(requirement.id, ())
    if not cases or context.claimed(cases):
        return ""
    return str(NotSupported(context.lacking(cases[0])))


def _malformed(context: Context) -> Iterator[Probe]:
    for id in context.invalid:
        if id.startswith("request.json.") and id in context.contract.catalogue:
            yield from _probes(context, context.contract.catalogue[id])


def _survives(answer: ProbeResult) -> Evidence | None:
    status = answer.exchange.status
    return None if 200 <= status < 500 else evidence(answer, "an answer below 500", "crashed")


def _needs(context: Context, requirement: Requirement) -> tuple[str, ...]:
    """Valid credentials are accepted, and the form of input that the requirement is about is served at all."""
    forms = [
        branch.id_of("type")
        for node in context.contract.request.walk()
        if "oneOf" in node.node
        for branch in node.branches
        if requirement.id.startswith(f"{branch.name}.")
    ]
    return (context.authorized_by, *(form for form in forms if form != requirement.id))


def _judge_statuses(of_models: Container[Hashable], answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
    refused = [answer for answer in answers if 400 <= answer.exchange.status < 500]
    if not refused:
        raise NothingToJudge("no invalid request was refused")
    for answer in refused:
        right = REFUSALS | ({NO_MODEL} if answer.probe.key in of_models else set())
        if answer.exchange.status not in right:
            yield evidence(answer, f"one of {', '.join(map(str, sorted(right)))}")
