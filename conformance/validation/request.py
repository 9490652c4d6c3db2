"""Validation of request payloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from conformance.contract import Contract

from .json_problem import MISSING, Problem
from .schema_validator import Validator
from .strict_json import parse
from .violation import Violation, bounded

EMPTY_ITEM = "request.input.strings.items.empty"


def validate_request(body: object, *, contract: Contract | None = None) -> list[Violation]:
    """Validate the body of an embeddings request.

    *body* is the payload: ``bytes`` or ``str`` of JSON, or the decoded object. The default *contract* is the vendored
    one. The list is empty for a valid payload. Otherwise it has up to 1,000 violations, of every level. An absent body
    is valid if the contract does not require one.
    """
    contract = contract or Contract.load()
    value, problems = read(body, "request", contract)
    if value is MISSING:
        return problems
    validator = request_validator(contract)
    schema = () if validator.accepts(value) else validator.violations(value)
    return bounded(problems, schema, _empty_items(value, contract))


@lru_cache(maxsize=32)
def request_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s request schema."""
    return Validator(contract.request, contract.catalogue)


def read(body: object, area: str, contract: Contract) -> tuple[object, list[Violation]]:
    """The value of *body*, or MISSING, and the violations of its JSON text.

    An object is its own value. A problem without a requirement in *contract* is not a violation.
    """
    if not isinstance(body, bytes | bytearray | memoryview | str):
        return body, []
    parsed = parse(body if isinstance(body, str) else bytes(body))
    return parsed.value, list(_json_violations(parsed.problems, area, contract))


def _json_violations(problems: Iterable[Problem], area: str, contract: Contract) -> Iterator[Violation]:
    for problem in problems:
        requirement = contract.catalogue.get(f"{area}.json.{problem.kind.value}")
        if requirement is not None:
            yield Violation.of(requirement, problem.pointer, problem.expected, problem.found)


def _empty_items(value: object, contract: Contract) -> Iterator[Violation]:
    """Empty strings in an array of inputs: the contract's prose forbids them, and no schema keyword does."""
    items = value.get("input") if isinstance(value, dict) else None
    if EMPTY_ITEM not in contract.catalogue or not isinstance(items, list | tuple) or "" not in items:
        return
    requirement = contract.catalogue[EMPTY_ITEM]
    for index, item in enumerate(items):
        if item == "":
            yield Violation.of(
                requirement, f"/input/{index}", "a string that is not empty", "an empty string"
            )
