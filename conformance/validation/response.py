"""Validation of response payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.contract import Contract
from conformance.contract.texts_place import WHOLE

from .json_problem import MISSING, Parsed
from .quick_response import is_certainly_valid, response_test
from .request import included_contract, read_request_body
from .schema_validator import Validator
from .semantic_rules import semantic_findings
from .violation import Violation, bounded_violations, describe_value


class UnreadableRequest(ValueError):
    """The request is not JSON, or not of the type in the contract (by default, an object).

    No response can be compared with it.
    """

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(
            f"the response cannot be compared with its request: expected a JSON object, found {found}"
        )


def validate_response(
    body: object, request: object = None, *, contract: Contract | None = None
) -> list[Violation]:
    """Validate the body of a successful response, and compare it with *request* if that is given.

    *body* and *request* are payloads: ``bytes`` or ``str`` of JSON, or decoded objects. The request needs only the
    properties that are compared. The list is empty for a valid payload. Otherwise it has up to 1,000 violations. Raises
    UnreadableRequest for a request that is not JSON, or not of the type in the contract (by default, an object).
    """
    contract = contract or included_contract()
    sent = None if request is None else read_request(request, contract)
    if isinstance(body, bytes) and is_certainly_valid(body, sent, contract):
        return []
    value, problems = read_request_body(body, "response", contract)
    return _violations(value, problems, sent, contract)


def violations_in(parsed: Parsed, request: Mapping[str, Any] | None, contract: Contract) -> list[Violation]:
    """The violations of a response body that is *parsed* already, as ``validate_response`` lists them."""
    problems = [
        Violation.of(contract.catalogue[id], problem.pointer, problem.expected, problem.found)
        for problem in parsed.problems
        if (id := f"response.json.{problem.kind.value}") in contract.catalogue
    ]
    return _violations(parsed.value, problems, request, contract)


def _violations(
    value: object, problems: list[Violation], request: Mapping[str, Any] | None, contract: Contract
) -> list[Violation]:
    if value is MISSING:
        return problems
    schema = () if response_test(contract)(value) else response_validator(contract).violations(value)
    return bounded_violations(problems, schema, _semantic_violations(value, request, contract))


@lru_cache(maxsize=8)
def response_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s response schema."""
    return Validator(contract.response, contract.catalogue)


def read_request(request: object, contract: Contract) -> Any:
    """The value of a request's body. Raises UnreadableRequest if it is not a JSON object, or a list of texts."""
    value, problems = read_request_body(request, "request", contract)
    if isinstance(value, dict) or (contract.roles.texts == WHOLE and isinstance(value, list)):
        return value
    if value is MISSING:
        raise UnreadableRequest(problems[0].message if problems else "nothing")
    raise UnreadableRequest(describe_value(value))


def _semantic_violations(
    value: object, request: Mapping[str, Any] | None, contract: Contract
) -> Iterator[Violation]:
    default, models = contract.default_encoding, contract.known_models
    for finding in semantic_findings(value, request, default, models, contract.roles):
        if finding.requirement in contract.catalogue:
            requirement = contract.catalogue[finding.requirement]
            yield Violation.of(requirement, finding.pointer, finding.expected, finding.found)
