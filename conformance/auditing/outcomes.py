"""The outcome of each requirement, from what an audit found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from conformance.contract import Contract, Requirement
from conformance.engine import Evidence, Outcome, Verdict
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.text import counted

from . import rules as ids
from .run import Audited
from .summary import Failures

NOT_SHOWN: Final = "it needs requests that only a run sends; a recording cannot show it"
NO_EXCHANGE: Final = "no recorded exchange shows it"
NO_HEADERS: Final = "the recording has no credentials in request headers"
NO_ANONYMOUS: Final = "no recorded request lacks a credential"

REASONS: Final = {
    ids.SAME_TEXT: "no text was requested twice with the same model, options and encoding",
    ids.SAME_IN_ENCODINGS: "no text was requested in both encodings",
    ids.SAME_COUNT: "no request was repeated",
    ids.SAME_COUNT_IN_ENCODINGS: "no request was repeated in another encoding",
    ids.SAME_IN_BATCH: "no batch repeats a text",
    ids.CONSTANT_LENGTH: "no recorded request leaves the length of the vectors to the server",
}
"""Why a requirement on several exchanges, or inputs, was not tested."""

OF_ERRORS: Final = frozenset({ids.ERROR_JSON, ids.STACK_TRACE, ids.MARKUP, ids.ERROR_FIELDS})

OF_VECTORS: Final = frozenset({ids.SAME_TEXT, ids.SAME_IN_ENCODINGS})
"""Requirements whose tests are counted in vectors, not in exchanges."""


def audit_outcomes(found: Audited, contract: Contract, selected: Iterable[str]) -> dict[str, Outcome]:
    """The outcome of each of the *selected* requirements, by id."""
    single, chosen = found.summary.tests(), {*selected}
    tested = {**single, **found.compared.tested}
    failures = {**found.summary.failures, **found.compared.failures}
    for id, one, number in _credentials(found, contract):
        tested[id] = tested.get(id, 0) + number + one.total
        failures.setdefault(id, Failures()).merge(one)
    has_headers = bool(found.summary.recorded_schemes)
    return {
        id: _outcome(requirement, tested.get(id, 0), failures.get(id), found, has_headers)
        for id, requirement in contract.catalogue.items()
        if id in chosen
    }


def _outcome(
    requirement: Requirement, tested: int, failures: Failures | None, found: Audited, has_headers: bool
) -> Outcome:
    if failures is not None and failures.total:
        evidence = tuple(_evidence(found, failures))
        reason = f"{evidence[0].reason}; {_extent(requirement.id, failures, tested)}"
        return Outcome(
            requirement, Verdict.FAIL, reason, evidence, max(tested, failures.total), failures=failures.total
        )
    if tested:
        return Outcome(requirement, Verdict.PASS, _limits(requirement.id, found), requests=tested)
    return Outcome(requirement, Verdict.NOT_TESTED, _why_not_tested(requirement, has_headers))


def _why_not_tested(requirement: Requirement, has_headers: bool) -> str:
    id = requirement.id
    if id in REASONS:
        return REASONS[id]
    if requirement.area == "auth":
        if not has_headers:
            return NO_HEADERS
        return NO_ANONYMOUS if id.startswith("auth.reject.") else NOT_SHOWN
    if requirement.area in ("response", "request") and not id.startswith(
        ("request.text.", "response.usage.")
    ):
        return NO_EXCHANGE
    return NO_EXCHANGE if id in OF_ERRORS or id == ids.UNIT_LENGTH else NOT_SHOWN


def _limits(id: str, found: Audited) -> str:
    """What limits a comparison; empty if nothing does."""
    if id not in ids.ACROSS or id == ids.CONSTANT_LENGTH:
        return ""
    if found.is_full:
        return "the disk was full, so only a part of the texts was compared"
    return f"one text in {2**found.sampled:,} was compared, chosen by its hash" if found.sampled else ""


def _extent(id: str, failures: Failures, tested: int) -> str:
    """How many exchanges fail, and when."""
    what = "vector" if id in OF_VECTORS else "exchange"
    text = f"{failures.total:,} of {counted(max(tested, failures.total), what)}"
    if failures.first is None or failures.last is None:
        return text
    return f"{text}, from {utc_time(failures.first)} to {utc_time(failures.last)}"


def utc_time(time: float) -> str:
    """A time in seconds since 1970, as text in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _evidence(found: Audited, failures: Failures) -> Iterator[Evidence]:
    for shown in failures.evidence:
        body = None if shown.request is None else shown.request.encode("utf-8", "surrogatepass")
        request = Request(body=body)
        if shown.status is None:
            failure = Failure(FailureKind.NOT_READ, "the report does not repeat the response")
            exchange = Exchange(request, None, failure, shown.seconds)
        else:
            text = (shown.response or "").encode("utf-8", "surrogatepass")
            exchange = Exchange(request, Response(shown.status, (), text), None, shown.seconds)
        yield Evidence(shown.expected, shown.found, exchange, found.places(shown.position))


def _credentials(found: Audited, contract: Contract) -> Iterator[tuple[str, Failures, int]]:
    """Sets of credentials that must be rejected: the id, the exchanges that were accepted, and the number of others.

    A logger may leave out a header. So an accepted set counts only if each credential that would make it sufficient
    occurs elsewhere in the same file.
    """
    security, summary = contract.security, found.summary
    nothing = Failures()
    for file, given in {*summary.unauthorized, *summary.rejected}:
        known = {name for number, name in summary.recorded_schemes if number == file}
        missing = [alternative - given for alternative in security.alternatives]
        if not known or not all(names & known for names in missing):
            continue
        accepted = summary.unauthorized.get((file, given), nothing)
        for id in _ids_of(given, contract):
            yield id, accepted, summary.rejected.get((file, given), 0)


def _ids_of(given: frozenset[str], contract: Contract) -> Iterator[str]:
    """The requirements that a set of credentials that must be rejected violates, if it is accepted."""
    security = contract.security
    for names in security.maximal_rejected():
        id = f"auth.reject.{security.label_rejected(names)}"
        if given <= names and id in contract.catalogue:
            yield id


def failure_rates(result: Mapping[str, Outcome]) -> dict[str, float]:
    """The part of the tested exchanges that failed, by the ids of the failed requirements."""
    return {
        id: (outcome.failures or 0) / max(outcome.requests, 1)
        for id, outcome in result.items()
        if outcome.verdict is Verdict.FAIL
    }
