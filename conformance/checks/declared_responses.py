"""What the responses of a run show about the contract's declared errors and response headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from conformance.contract import Contract
from conformance.contract.openapi.keywords import AS_A_WHOLE, RECURSION
from conformance.contract.responses import DeclaredError, DeclaredHeader
from conformance.engine import Evidence, Probe
from conformance.http_client import PLAIN, Exchange, Request, Response
from conformance.validation import MISSING, Validator
from conformance.validation.header_values import header_readings
from conformance.validation.large_json import large_value
from conformance.validation.own_schema import own_validator
from conformance.validation.violation import clip

from .error_body import Problem
from .exchange_cache import ExchangeCache

BODY, HEADER = "http.error.{}.schema", "http.response.header.{}"
"""The ids of the requirements on a declared status and on a declared header."""

MAX_EVIDENCE = 10
"""Responses that are kept for each requirement."""

MAX_BODY = 256 * 1024
"""Bytes of an error body that is judged."""

MAX_REQUEST = 256 * 1024
"""Bytes of a request that reaches every server. A proxy may reject a larger one itself."""

MAX_HEADERS = 4096
"""Bytes of the headers of such a request."""

OF_THE_CONNECTION = frozenset(
    {"connection", "content-encoding", "content-length", "expect", "host", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
"""Headers of requests that an HTTP server may reject before the operation sees them."""


class DeclaredResponses:
    """Compares responses with those that the contract declares, and keeps the evidence of differences.

    ``seen`` are the ids of the requirements whose status or header has occurred.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract, self._responses = contract, contract.responses
        errors = self._responses.errors.values()
        self._bodies = {e.label: own_validator(e.schema) for e in errors if e.schema is not None}
        self._headers = {header.label: _validator(header) for header in self._responses.headers}
        self._evidence: dict[str, list[Evidence]] = defaultdict(list)
        self._facts = ExchangeCache(self._read)
        self.seen: set[str] = set()

    def observe(self, exchange: Exchange, kept: Exchange, probe: Probe) -> None:
        """Compare the response of *exchange*, which *kept* is a part of."""
        facts = self._read(exchange)
        self._facts.add(kept, facts)
        self.seen.update(facts)
        for requirement, problem in facts.items():
            if problem is not None and len(self._evidence[requirement]) < MAX_EVIDENCE:
                self._evidence[requirement].append(Evidence(*problem, kept, probe.description))

    def problem(self, requirement: str, exchange: Exchange) -> Problem | None:
        """How the response of *exchange* violates the requirement with this id; None if it does not."""
        return self._facts.of(exchange).get(requirement)

    def evidence(self, requirement: str) -> Sequence[Evidence]:
        """The evidence of the run against the requirement with this id."""
        return self._evidence.get(requirement, ())

    def _read(self, exchange: Exchange) -> Mapping[str, Problem | None]:
        """The requirements that the response of *exchange* shows, each with the problem if it violates it."""
        response = exchange.response
        if response is None or not (self._bodies or self._headers) or not self._is_plain(exchange.request):
            return {}
        if exchange.succeeded:
            headers = self._responses.headers
            return {
                HEADER.format(header.label): self._in_header(header, values)
                for header in headers
                if (values := _values(response, header.name)) or header.required
            }
        error = self._responses.error(response.status)
        if error is None or error.label not in self._bodies or response.omitted:
            return {}
        if len(response.body) > MAX_BODY:
            return {}
        return {BODY.format(error.label): self._in_body(error, response.body)}

    def _is_plain(self, request: Request) -> bool:
        """Whether the operation itself answers the request, and no HTTP server or proxy before it."""
        return (
            request.transport == PLAIN
            and request.method == self._contract.method.upper()
            and (request.path, request.query) == (self._contract.path, "")
            and isinstance(request.body, bytes)
            and len(request.body) <= MAX_REQUEST
            and _are_plain(request.headers)
        )

    def _in_body(self, error: DeclaredError, body: bytes) -> Problem | None:
        value = large_value(body)
        if value is MISSING:
            return "a body that is JSON", repr(body[:80])
        validator = self._bodies[error.label]
        if validator.accepts(value):
            return None
        found = next(validator.violations(value), None)
        return ("the declared form", "another one") if found is None else (found.expectation, found.found)

    def _in_header(self, header: DeclaredHeader, values: Sequence[str]) -> Problem | None:
        if not values:
            return f"the header {header.name}", "none"
        validator = self._headers[header.label]
        for value in values if validator is not None else ():
            assert validator is not None
            if not any(map(validator.accepts, header_readings(value))):
                found = next(validator.violations(header_readings(value)[-1]), None)
                expected = "a value of its schema" if found is None else found.expected
                return f"the header {header.name}: {expected}", clip(ascii(value))
        return None


def _values(response: Response, name: str) -> Sequence[str]:
    return [value for key, value in response.headers if key == name.lower()]


def _are_plain(headers: Sequence[tuple[str, str]]) -> bool:
    return sum(len(name) + len(value) for name, value in headers) <= MAX_HEADERS and all(
        name.lower() not in OF_THE_CONNECTION and value.isascii() and value.isprintable()
        for name, value in headers
    )


def _validator(header: DeclaredHeader) -> Validator | None:
    """The validator of *header*; None if its values cannot be read without knowledge of their serialization."""
    if header.schema is None:
        return None
    forms = [header.schema, *header.schema.branches]
    if any(form.type in ("array", "object") or _is_raw(form.node) for form in forms):
        return None
    return own_validator(header.schema)


def _is_raw(node: Mapping[str, object]) -> bool:
    return AS_A_WHOLE in node or RECURSION in node
