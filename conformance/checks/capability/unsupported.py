"""Area ``capability``: requests for unsupported features, and over declared limits, are rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks.answers import Answer, Answers
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.valid_requests import valid_requests
from conformance.contract import Requirement, Schema
from conformance.contract.capabilities import AS_IF_SUPPORTED
from conformance.contract.roles import merged_payload
from conformance.engine import Check, Evidence, Expect, Judge, ProbeResult, judges_each
from conformance.generators import Case
from conformance.generators.base import base_payload
from conformance.generators.case import make_case, payload_of
from conformance.generators.sample_texts import sample_text
from conformance.generators.valid import optional_values
from conformance.text import counted
from conformance.validation import Violation
from conformance.validation.semantic_rules import DEPENDS_ON_REQUEST

COMMON_SIZES = (20, 256)
"""Sizes that servers handle in a special way: a batch of several texts, a vector length of many models."""

SMALL = 512
"""Up to this limit, requests over it are sent in many forms."""

MAX_ITEMS = 50_000
"""The maximum number of texts, words or tokens in a request over a limit."""


def _rejected(context: Context, requirement: Requirement) -> Check:
    (name,) = requirement.subject
    cases = {case.body: case for case in _candidates(context, name) if context.missing(case) == {name}}
    if not cases:
        reason = "each request that needs this capability also needs another unsupported one"
        return Check.skipped(requirement, untestable=reason)
    probes = tuple(context.case_probe(case, Expect.REJECT) for case in cases.values())
    declared = (
        "declared unsupported" if name in context.capabilities.unsupported else "over the declared limit"
    )
    judge = _is_rejected(context.answers, f"{Expect.REJECT.phrase}, since this is {declared}")
    return Check(requirement, probes, judge, (context.authorized_by,))


def _candidates(context: Context, name: str) -> Iterator[Case]:
    """Requests that may need the capability *name*; the schema of the capability decides."""
    if name in context.capabilities.unsupported:
        yield from (case for case in valid_requests(context) if _is_comparable(context, case))
        for size in COMMON_SIZES:
            yield from _of_size(context, size)
    if name in context.capabilities.limits:
        limit = context.capabilities.limits[name]
        for count in (limit + 1, 2 * limit) if limit <= SMALL else (limit + 1,):
            yield from _of_size(context, count)


def _is_comparable(context: Context, case: Case) -> bool:
    """Whether *case* is for the model of the run, and not so large that it may be rejected because of its size."""
    is_large = len(case.body) > 10 * len(context.plain.body) + 1000
    models = (context.roles.model_of(payload) for payload in map(payload_of, (case.body, context.plain.body)))
    return not is_large and len({*models}) == 1


def _of_size(context: Context, count: int) -> Iterator[Case]:
    """Valid requests of this size in everything that can be counted, alone and with optional properties."""
    base, root = base_payload(context.contract, context.model), context.contract.form
    sized = context.sized_properties

    def texts(value: object) -> dict[str, Any]:
        return context.roles.named(texts=value)

    changes: dict[str, dict[str, Any]] = {f"{name} {count}": {name: count} for name in sized}
    for description, value in {"a batch": ["river", "stone"], "tokens": [97, 98]}.items():
        changes |= {f"{name} {count} with {description}": {name: count, **texts(value)} for name in sized}
    if count <= MAX_ITEMS:
        changes |= {
            counted(count, "text"): texts([f"river {number}" for number in range(count)]),
            counted(count, "array of tokens", "arrays of tokens"): texts(
                [[97 + number % 26] for number in range(count)]
            ),
            f"a text of {counted(count, 'word')}": texts(sample_text(86, count)),
            f"a text of {counted(count, 'word')} in a batch": texts(["river", sample_text(86, count)]),
            f"an array of {counted(count, 'token')}": texts([97] * count),
            f"an array of {counted(count, 'token')} in an array": texts([[97] * count]),
        }
    options = [{}, optional_values(context.contract), *_choices(root)] if count <= 2 * SMALL else [{}]
    for what, change in changes.items():
        for option in options:
            also = f" and {', '.join(option)}" if option else ""
            payload = merged_payload(merged_payload(base, option), change)
            case = make_case(context.contract, "", f"{what}{also}", payload)
            if case.valid:
                yield case


def _choices(root: Schema) -> Iterator[dict[str, Any]]:
    """Each value of each optional enumeration."""
    for name, node in root.properties.items():
        if name not in root.required:
            yield from ({name: choice} for choice in node.enumerated)


def _is_rejected(answers: Answers, expected: str) -> Judge:
    @judges_each(Expect.REJECT.phrase)
    def judge(result: ProbeResult) -> Evidence | None:
        if not result.exchange.succeeded:
            return meets_expectation(result)
        wrong = _violation(answers.of(result.exchange))
        if wrong is None:
            return evidence(result, expected, AS_IF_SUPPORTED)
        return evidence(result, expected, "accepted it, with a wrong response", found=wrong.message)

    return judge


def _violation(answer: Answer) -> Violation | None:
    """The first violation that depends on the request. Others are not specific to this feature."""
    return next((v for id, v in answer.violations.items() if id in DEPENDS_ON_REQUEST), None)


CHECKS: Makers = {"capability.{label}": _rejected}
