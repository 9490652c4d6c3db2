"""Judge the request, the media type, the body of an error, and the credentials: all except the body of a success."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from conformance.checks.error_body import ErrorBody
from conformance.checks.response.validity import MEDIA_TYPE
from conformance.contract import Contract
from conformance.http_client import Response
from conformance.validation import validate_request

from . import rules as ids
from .case import MAX_LABEL, Case, Finding, Notes, ends_early
from .rules import Rules
from .summary import Failures

REJECTING: Final = frozenset({400, 413, 415, 422})
"""Statuses that say that a request is invalid."""

OVERLOADED: Final = frozenset({408, 429})
"""Rejections that say nothing about the request; other parts of a network send them too."""

NOTHING: Final[frozenset[str]] = frozenset()


class Others:
    """Judges what does not need the body of a success. Each method returns the requirements that the exchange shows."""

    def __init__(self, contract: Contract, rules: Rules, notes: Notes) -> None:
        self._contract, self._rules, self._notes = contract, rules, notes
        security = contract.security
        self._schemes = [(scheme.header.lower(), scheme.name) for scheme in security.schemes]
        self._secret = frozenset(scheme.name for scheme in security.schemes if scheme.secret)
        self._accepted: dict[frozenset[str], bool] = {}

    def media_type(self, case: Case) -> frozenset[str]:
        """Judge the media type of a success."""
        headers, responses = case.recorded.response_headers, self._contract.responses
        if not headers or not self._rules.has(MEDIA_TYPE):
            return NOTHING
        kind = headers.get("content-type")
        if kind is None or case.line.is_changed:
            return NOTHING
        if not responses.has_type(kind):
            self._notes.fail(
                case, MEDIA_TYPE, Finding(f"Content-Type {responses.media_type}", kind[:MAX_LABEL])
            )
        return self._rules.only(MEDIA_TYPE)

    def request(self, case: Case) -> frozenset[str]:
        """Judge what became of an invalid request: it violates requirements, if it was accepted or rejected."""
        recorded = case.recorded
        if not recorded.is_whole or case.line.is_changed:
            return NOTHING
        is_unsent = recorded.format.is_request_only and recorded.response is None
        is_rejected = recorded.status in REJECTING
        if not (recorded.is_success or is_rejected or is_unsent):
            return NOTHING
        violations = validate_request(recorded.request, contract=self._contract)
        if not violations:
            return NOTHING
        found: dict[str, Finding] = {}
        for one in violations:
            found.setdefault(one.requirement, Finding(one.expectation, one.found))
        if is_rejected:
            return frozenset(found) if len(found) == 1 else NOTHING
        for id, (expected, value) in found.items():
            if is_unsent:
                finding = Finding(f"a valid request: {expected}", value)
            else:
                finding = Finding(
                    f"a rejection; a valid request has {expected}",
                    f"a success, although the request has {value}",
                )
            self._notes.fail(case, id, finding)
        return frozenset(found)

    def error(self, case: Case, status: int) -> frozenset[str]:
        """Judge the body of an error."""
        recorded, body = case.recorded, case.recorded.response
        if body is None or case.line.is_changed:
            return NOTHING
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode("utf-8", "surrogatepass")
        if recorded.is_text and text.lstrip()[:1] in ("{", "[") and ends_early(data):
            return NOTHING
        problems = ErrorBody.of(Response(status, (), data))
        declared = self._contract.responses.error(status)
        found = {ids.STACK_TRACE: problems.stack_trace}
        if status < 500 and status not in OVERLOADED:
            if recorded.sent_text:
                found[ids.MARKUP] = problems.markup
                if declared is None or declared.allows_object:
                    found[ids.ERROR_JSON] = problems.not_json
            fields = self._contract.catalogue.get(ids.ERROR_FIELDS)
            if fields is not None and fields.level != "may":
                found[ids.ERROR_FIELDS] = problems.fields
        for id, problem in found.items():
            if problem is not None and self._rules.has(id):
                is_shown = self._notes.show_texts or id == ids.ERROR_FIELDS
                shown = problem[1] if is_shown else f"another body, with status {status}"
                self._notes.fail(case, id, Finding(problem[0], shown))
        return frozenset(id for id in found if self._rules.has(id))

    def credentials(self, case: Case) -> None:
        """Note which credentials a request has, if its headers were recorded, and what became of too few."""
        headers, summary = case.recorded.request_headers, self._notes.summary
        if not headers or not self._schemes:
            return
        given = self._given(headers)
        for name in given & self._secret:
            summary.recorded_schemes.add((case.file, name))
        is_enough = self._accepted.get(given)
        if is_enough is None:
            is_enough = self._accepted[given] = self._contract.security.accepts(given)
        if is_enough:
            return
        if case.recorded.status in (401, 403):
            summary.rejected[case.file, given] += 1
        elif case.recorded.is_success:
            known = summary.unauthorized.setdefault((case.file, given), Failures())
            schemes = self._contract.security.ordered(given)
            names = ", ".join(scheme.header for scheme in schemes) or "no credential"
            self._notes.add(known, case, Finding(f"401 or 403 to a request with {names}", "it was accepted"))

    def _given(self, headers: Mapping[str, str]) -> frozenset[str]:
        return frozenset(name for header, name in self._schemes if headers.get(header))
