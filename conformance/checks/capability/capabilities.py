"""Area ``capability``: what the target does not claim, it refuses, and does not misread in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.request.schema import valid_requests
from conformance.contract import Contract, Requirement, Schema
from conformance.engine import Check, Evidence, Expect, ProbeResult, each
from conformance.generators import Case
from conformance.generators.case import make_case
from conformance.generators.examples import base_payload
from conformance.generators.sample_texts import text
from conformance.generators.valid import depends_on_model, optional_values
from conformance.validation import Violation, validate_response

USUAL = (20, 256)
"""Sizes that servers have cases of their own for: a batch of some, a length of many models."""

CHEAP = 512
"""A limit up to which requests beyond it are tried in many ways."""

LISTED = 50_000
"""The most texts, words or tokens that a request is made of to go beyond a limit."""


def capability_checks(context: Context) -> Iterator[Check]:
    """A check for each capability that the target does not claim, or claims within a limit."""
    for requirement in context.contract.catalogue.under(context.claims.circumstances).values():
        if requirement.area == "capability":
            yield _check(context, requirement)


def _check(context: Context, requirement: Requirement) -> Check:
    (name,) = requirement.subject
    cases = {case.body: case for case in _candidates(context, name) if context.lacking(case) == {name}}
    probes = tuple(context.probe(case, Expect.REJECT) for case in cases.values())
    untestable = (
        "" if probes else "the contract has no request that takes it, and nothing else that is not claimed"
    )
    judge = each(partial(_refused, context.contract))
    return Check(requirement, probes, judge, (context.authorized_by,), untestable)


def _candidates(context: Context, name: str) -> Iterator[Case]:
    """Requests that may take the capability *name*; which of them do, the capability's own schema says."""
    if name in context.claims.unsupported:
        yield from (case for case in valid_requests(context) if not _is_large(context, case))
        for size in USUAL:
            yield from _sized(context, size)
    if name in context.claims.limits:
        limit = context.claims.limits[name]
        for count in (limit + 1, 2 * limit) if limit <= CHEAP else (limit + 1,):
            yield from _sized(context, count)


def _is_large(context: Context, case: Case) -> bool:
    """Whether one of the largest requests that there are: what is refused for its size shows nothing else."""
    return len(case.body) > 10 * len(context.plain.body) + 1000


def _sized(context: Context, count: int) -> Iterator[Case]:
    """All of that size that the contract admits and that can be counted, by itself and beside other properties."""
    base, root = base_payload(context.contract, context.model), context.contract.request
    sized = [name for name, node in root.properties.items() if depends_on_model(node)]
    changes: dict[str, dict[str, object]] = {f"{name} {count}": {name: count} for name in sized}
    for description, value in {"a batch": ["river", "stone"], "tokens": [97, 98]}.items():
        changes |= {f"{name} {count} beside {description}": {name: count, "input": value} for name in sized}
    if count <= LISTED:
        changes |= {
            f"{count} texts": {"input": [f"river {number}" for number in range(count)]},
            f"{count} arrays of tokens": {"input": [[97 + number % 26] for number in range(count)]},
            f"a text of {count} words": {"input": text(86, count)},
            f"a text of {count} words among others": {"input": ["river", text(86, count)]},
            f"an array of {count} tokens": {"input": [97] * count},
            f"an array of {count} tokens in an array": {"input": [[97] * count]},
        }
    beside = [{}, optional_values(root), *_choices(root)] if count <= 2 * CHEAP else [{}]
    for what, change in changes.items():
        for more in beside:
            also = f" and {', '.join(more)}" if more else ""
            case = make_case(context.contract, "", f"{what}{also}", base | more | change)
            if case.valid:
                yield case


def _choices(root: Schema) -> Iterator[dict[str, object]]:
    for name, node in root.properties.items():
        if name not in root.required:
            yield from ({name: choice} for choice in node.node.get("enum", ()))


def _refused(contract: Contract, answer: ProbeResult) -> Evidence | None:
    if answer.exchange.status != 200:
        return meets_expectation(answer)
    response, sent = answer.exchange.response, answer.exchange.request.body
    assert response is not None
    assert isinstance(sent, bytes)
    wrong = _misread(contract, response.body, json.loads(sent))
    if wrong is None:
        return evidence(
            answer, "a 4xx, since the target does not claim it", "accepted, and answered as if it did"
        )
    expected = f"a 4xx, or {wrong.expected} at {wrong.pointer or 'the body'}"
    return evidence(answer, expected, "accepted, and misread", found=str(wrong.found))


def _misread(contract: Contract, answer: bytes, request: object) -> Violation | None:
    """How *answer* is none to *request*; what is wrong with it by itself, other answers have as well."""
    by_itself = {(v.requirement, v.pointer) for v in validate_response(answer, contract=contract)}
    found = validate_response(answer, request, contract=contract)
    return next((v for v in found if (v.requirement, v.pointer) not in by_itself), None)
