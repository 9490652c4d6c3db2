"""Area ``http``: the form of error responses, and how fast they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from statistics import median

from conformance.checks.context import Context
from conformance.checks.error_body import ErrorBody, Problem
from conformance.checks.judges import evidence, rejected_results
from conformance.checks.makers import Maker, Makers
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NothingToJudge, ProbeResult, judges_all

MAX_RATIO = 10
"""A rejection is too slow if it takes more than this many times the time of a 200."""

MAX_SECONDS = 2.0
"""A rejection within this time is never too slow."""


def _bodies(
    expected: str,
    find_problem: Callable[[ErrorBody], Problem | None],
    worst: int = 499,
    ignored: Callable[[ProbeResult], bool] = lambda result: False,
) -> Maker:
    """Judges the bodies of responses with a status from 400 to *worst*, except those that are *ignored*."""

    def make(context: Context, requirement: Requirement) -> Check:
        @judges_all(expected)
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            for result in rejected_results(results, "no request", worst):
                problem = find_problem(context.answers.of(result.exchange).error)
                if problem is not None and not ignored(result):
                    yield evidence(result, problem[0], found=problem[1])

        anonymous = context.plain_probe("no credentials", Expect.REJECT, headers=context.anonymous)
        probes = (*context.rejected_probes, anonymous)
        return Check(requirement, probes, judge, (context.authorized_by,))

    return make


FIELDS = "in each 4xx response, `error.message` as text, and `type`, `param` and `code` as text or null"


def _fields(context: Context, requirement: Requirement) -> Check:
    """The fields that OpenAI's SDKs read. Where the profile does not demand them, any body is right."""
    demanded = requirement.level != "may"
    return _bodies(FIELDS, lambda error: error.fields if demanded else None)(context, requirement)


PROMPT_REJECTION = (
    f"rejections within {MAX_SECONDS:g} s, or within {MAX_RATIO} times the median time of a 200"
)


@judges_all(PROMPT_REJECTION)
def _is_fast(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
    """Compares medians, so that a single slow response does not decide."""
    accepted = [r for r in results if r.exchange.succeeded]
    rejections = [r for r in results if 400 <= r.exchange.status < 500]
    if not accepted or not rejections:
        raise NothingToJudge("the server accepted all requests, or rejected all")
    usual = median(r.exchange.seconds for r in accepted)
    middle = sorted(rejections, key=lambda r: r.exchange.seconds)[len(rejections) // 2]
    if middle.exchange.seconds > max(MAX_SECONDS, MAX_RATIO * usual):
        found = f"{middle.exchange.seconds:.2f} s; a 200 takes {usual:.2f} s"
        yield evidence(middle, PROMPT_REJECTION, found=found)


def _delay(context: Context, requirement: Requirement) -> Check:
    valid = tuple(context.input_probe("a valid text", f"river {number}") for number in range(5))
    cases = [cases[0] for cases in context.invalid.values() if cases and len(cases[0].body) < 1000][:5]
    invalid = tuple(context.case_probe(case, Expect.REJECT) for case in cases)
    return Check(requirement, (*valid, *invalid), _is_fast, (context.authorized_by,))


def _json(context: Context, requirement: Requirement) -> Check:
    """A JSON object, except in responses for which the contract declares another form."""

    def is_other(result: ProbeResult) -> bool:
        declared = context.contract.responses.error(result.exchange.status)
        return declared is not None and not declared.allows_object

    make = _bodies("a JSON object as the body of each 4xx response", attrgetter("not_json"), ignored=is_other)
    return make(context, requirement)


CHECKS: Makers = {
    "http.error.json": _json,
    "http.error.stack-trace": _bodies(
        "no stack trace in the body of a 4xx or 5xx response", attrgetter("stack_trace"), worst=599
    ),
    "http.error.markup": _bodies("no HTML in the body of a 4xx response", attrgetter("markup")),
    "http.error.fields": _fields,
    "http.error.delay": _delay,
}
