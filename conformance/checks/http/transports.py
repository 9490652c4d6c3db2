"""Area ``http``: combined ways of sending a request. For every two ways, at least one request uses both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.covering import NEEDS, REJECTED, Combinations
from conformance.checks.judges import meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.own_vectors import other_vector
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.generators import Case
from conformance.generators.covering import Choice, Factors, Row
from conformance.generators.sample_texts import UNICODE

EXPECTED = "the same vectors as for the same request in the usual form; or a rejection of an unusual form"

PAYLOAD, CREDENTIALS, DEFECT = "payload", "credentials", "defect"

JudgeOne = Callable[[ProbeResult], Evidence | None]

MAX_BODY = 2000
"""Bytes of an invalid body: it is sent many times."""

MAX_DEFECTS = 5
"""Kinds of invalid requests; more of them would need more rows, and each is a requirement of its own already."""


def _valid(context: Context, requirement: Requirement) -> Check:
    payloads = {probe.description: probe for probe in _payloads(context)}
    usual = {label: replace(probe, after=(), occurrence="usual") for label, probe in payloads.items()}
    label_of = context.contract.security.label_accepted
    factors: Factors = {
        PAYLOAD: [Choice(PAYLOAD, label, probe) for label, probe in payloads.items()],
        CREDENTIALS: [
            Choice(CREDENTIALS, f"the credentials {label_of(names)}", names)
            for names in context.given_alternatives or [frozenset[str]()]
        ],
    }

    def make(row: Row) -> Probe:
        probe: Probe = row[PAYLOAD].value
        headers = context.credentials.headers(row[CREDENTIALS].value)
        kept = [header for header in probe.request.headers if header not in context.authorized]
        return replace(probe, request=replace(probe.request, headers=(*kept, *headers)))

    array = Combinations(context, factors, make)

    def judging(results: Sequence[ProbeResult]) -> tuple[Sequence[ProbeResult], JudgeOne]:
        """The results to judge, and what judges each of them."""
        by_key = {result.probe.key: result for result in array.without_rejected_ways(results)}
        references = {label: by_key[probe.key] for label, probe in usual.items() if probe.key in by_key}
        if any(not result.exchange.succeeded for result in references.values()) or not references:
            raise NothingToJudge("a plainly valid request is not accepted")

        def judge_one(result: ProbeResult) -> Evidence | None:
            if not result.exchange.succeeded:
                return array.unexpected(result)
            row = array.rows.get(result.probe.key)
            label = row[PAYLOAD].label if row else next(iter(references))
            reference = references.get(label)
            return None if reference is None else other_vector(context.answers, result, reference, EXPECTED)

        ways = {probe.key for probe in usual.values()}
        return [result for key, result in by_key.items() if key not in ways], judge_one

    @judges_all(EXPECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from array.found(*judging(results))

    return Check(
        requirement,
        (*usual.values(), *array.probes),
        judge,
        (*context.needs_of("a"), *context.acceptance_of(*context.given_alternatives), *NEEDS),
        procedure=array.procedure,
        extra=array.most_requests,
        narrow=lambda results: array.narrowing(*judging(results)),
    )


def _payloads(context: Context) -> Iterator[Probe]:
    """A plain text, and one with characters of three bytes, which pieces of a body divide."""
    yield replace(context.canary, description="a plain text")
    yield context.input_probe("a non-ASCII text", UNICODE["Han, Kana and Hangul"])


def _invalid(context: Context, requirement: Requirement) -> Check:
    """Send invalid requests in unusual forms. One that the target accepts in the usual form shows nothing."""
    defects = _defects(context)
    usual = {case.description: context.case_probe(case, Expect.REJECT) for case in defects}
    factors: Factors = {DEFECT: [Choice(DEFECT, case.description, case) for case in defects]}
    array = Combinations(context, factors, lambda row: context.case_probe(row[DEFECT].value, Expect.REJECT))

    def rejected_usually(results: Sequence[ProbeResult]) -> set[str]:
        """The descriptions of the requests that the target rejects in the usual form."""
        keys = {probe.key: label for label, probe in usual.items()}
        return {keys[r.probe.key] for r in results if r.probe.key in keys and meets_expectation(r) is None}

    def judged(results: Sequence[ProbeResult]) -> list[ProbeResult]:
        rejected, keys = rejected_usually(results), {probe.key: label for label, probe in usual.items()}
        accepted = {keys[r.probe.key] for r in results if r.probe.key in keys and r.exchange.succeeded}

        def shows(result: ProbeResult) -> bool:
            row = array.rows.get(result.probe.key)
            label = row[DEFECT].label if row else ""
            return label in rejected or (label in accepted and not result.exchange.succeeded)

        return [result for result in results if shows(result)]

    @judges_all(REJECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        found = list(array.found(judged(results), array.unexpected))
        if not found and not rejected_usually(results):
            raise NothingToJudge("the server rejects none of these requests in the usual form")
        yield from found

    return Check(
        requirement,
        (*usual.values(), *array.probes),
        judge,
        (context.authorized_by, *NEEDS),
        procedure=array.procedure,
        extra=array.most_requests,
        narrow=lambda results: array.narrowing(judged(results), array.unexpected),
    )


def _defects(context: Context) -> Sequence[Case]:
    """Invalid requests that violate different keywords, and one that is no JSON object."""
    kinds: dict[str, Case] = {}
    for id, cases in context.invalid.items():
        must = [case for case in cases if _is_plainly_invalid(context, case)]
        if must:
            kinds.setdefault(id.rsplit(".", 1)[-1], must[0])
    step = max(1, len(kinds) // MAX_DEFECTS)
    return list(kinds.values())[::step][:MAX_DEFECTS]


def _is_plainly_invalid(context: Context, case: Case) -> bool:
    catalogue: Mapping[str, Requirement] = context.contract.catalogue
    levels = {catalogue[id].level for id in case.violations}
    return levels == {"must"} and bool(case.body.strip()) and len(case.body) < MAX_BODY


CHECKS: Makers = {"http.transport.valid": _valid, "http.transport.invalid": _invalid}
