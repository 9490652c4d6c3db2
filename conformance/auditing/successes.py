"""Judge the body of one successful response: every requirement on it, and its relations to the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from conformance.contract import Contract
from conformance.validation import MISSING, Parsed, Violation
from conformance.validation.quick_response import response_test
from conformance.validation.response import violations_in
from conformance.validation.semantic_rules import count_inputs, semantic_findings
from conformance.validation.strict_json import parse_fast, parse_json

from .case import NOT_JSON, Case, Finding, ends_early, value_of
from .recorded import Unread
from .rules import Rules

ENCODING: Final = "response.encoding"
"""The requirement whose violation describes a vector."""

CUT_BODY: Final = "its body ends early; the logger may have cut it"
CHANGED_BODY: Final = "the logger has redacted or cut its body"

MAX_KNOWN: Final = 20_000
"""Valid responses that are remembered without their vectors: many differ only in these."""

MAX_REMEMBERED: Final = 4_096
"""Bytes of a response without its vectors that is remembered."""


class Success(NamedTuple):
    """The body, which may have stand-ins for its vectors, the requirements that it shows, and its violations."""

    value: Any
    shown: frozenset[str]
    findings: dict[str, Finding]


class Successes:
    """Judges successes by the *rules* of a contract."""

    def __init__(self, contract: Contract, rules: Rules) -> None:
        self._contract, self._roles, self._rules = contract, contract.roles, rules
        self._is_quickly_valid = response_test(contract)
        self._default, self._models = contract.default_encoding, contract.known_models
        self._known: dict[Any, Success] = {}

    def judge(self, case: Case) -> Success:
        """The result for one success. Raises Unread if the logger has changed the body."""
        key = self._key(case)
        known = None if key is None else self._known.get(key)
        if known is not None:
            case.has_vectors = True
            return known
        found = self._judge(case)
        if key is not None and case.has_vectors and not found.findings and len(self._known) < MAX_KNOWN:
            self._known[key] = found
        return found

    def _key(self, case: Case) -> Any:
        """What decides about a response, except for the text of its request; None if that cannot be told quickly."""
        recorded, cut = case.recorded, case.line.cut
        response, request = recorded.response, recorded.request
        if not cut.number or len(cut.rest) > MAX_REMEMBERED or (matrix := case.matrix) is None:
            return None
        rest = response if recorded.is_text else orjson.dumps(response)
        sent: tuple[Any, ...] = ()
        if request is not None:
            roles = self._roles
            dimensions = roles.dimensions_of(request)
            sent = (
                roles.model_of(request),
                roles.encoding_of(request, self._default),
                type(dimensions),
                dimensions,
                count_inputs(roles.texts_of(request)),
                self._rules.met_by(request),
            )
        key = (rest, matrix.shape, recorded.sent_text, recorded.is_whole, *sent)
        try:
            hash(key)
        except TypeError:
            return None
        return key

    def _judge(self, case: Case) -> Success:
        recorded = case.recorded
        value = recorded.response
        if recorded.is_text:
            fast = parse_fast(value.encode("utf-8", "surrogateescape"))
            value = MISSING if fast is None else fast.value
        case.has_vectors = value is not MISSING and self._has_stand_ins(value, case)
        violations = None if value is MISSING else self._quick_violations(value, case)
        if violations is None:
            parsed = self._parsed(case)
            value = parsed.value
            request = recorded.request if isinstance(recorded.request, dict) else None
            violations = violations_in(parsed, request, self._contract)
        if violations and case.line.is_changed:
            raise Unread(CHANGED_BODY)
        findings: dict[str, Finding] = {}
        for one in violations:
            findings.setdefault(one.requirement, Finding(one.expectation, one.found))
        return Success(value, self._shown(value, case), findings)

    def _shown(self, value: Any, case: Case) -> frozenset[str]:
        recorded = case.recorded
        return self._rules.shown_by(
            value, recorded.request, as_sent=recorded.sent_text, is_whole=recorded.is_whole
        )

    def _has_stand_ins(self, value: Any, case: Case) -> bool:
        """Whether the vectors of the record are those of the response."""
        cut, items = case.line.cut, self._roles.items_of(value)
        return (
            bool(cut.number and items) and self._roles.vectors_of(items or ()) == [cut.stand_in] * cut.number
        )

    def _quick_violations(self, value: Any, case: Case) -> list[Violation] | None:
        """The violations in a *value* with stand-ins for its vectors; None if only the vectors can show them."""
        matrix, request, catalogue = case.matrix, case.recorded.request, self._contract.catalogue
        if not case.has_vectors or matrix is None or not self._is_quickly_valid(value):
            return None
        lengths_of = _lengths(matrix.shape[1])
        sent = request if isinstance(request, dict) else None
        findings = [*semantic_findings(value, sent, self._default, self._models, self._roles, lengths_of)]
        if any(one.requirement == ENCODING for one in findings):
            return None
        return [
            Violation.of(catalogue[one.requirement], one.pointer, one.expected, one.found)
            for one in findings
            if one.requirement in catalogue
        ]

    def _parsed(self, case: Case) -> Parsed:
        """The whole body, with its problems as JSON. Raises Unread if it ends early, or if the record is not JSON."""
        recorded = case.recorded
        record = value_of(case.line.text) if case.line.cut.number else None
        if record is None and case.line.cut.number:
            raise Unread(NOT_JSON)
        body = recorded.response if record is None else recorded.format.value(record, "response")
        if not recorded.is_text:
            return Parsed(body)
        text = body.encode("utf-8", "surrogateescape")
        parsed = parse_json(text)
        if parsed.value is MISSING and (not text.strip() or ends_early(text)):
            raise Unread(CUT_BODY)
        return parsed


def _lengths(length: int) -> Callable[[Sequence[Any]], list[int | None]]:
    return lambda values: [length] * len(values)
