"""Validation of request payloads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from conformance.contract import Contract

from .compile import Validator
from .parse import MISSING, Problem, parse
from .violation import MAX_VIOLATIONS, Violation, violated

EMPTY_ITEM = "request.input.strings.items.empty"


def validate_request(body: object, *, contract: Contract | None = None) -> list[Violation]:
    """Validate the body of an embeddings request.

    *body* is the payload as ``bytes`` or ``str`` of JSON, or as the object that it decodes to. *contract* is the
    vendored one by default. The list is empty for a valid payload, and holds violations of every level otherwise, at
    most 1,000 of them.
    """
    contract = contract or Contract.load()
    value, problems = read(body, "request", contract)
    if value is MISSING:
        return problems
    found = request_validator(contract).violations(value)
    return problems + list(islice(found, MAX_VIOLATIONS)) + list(_empty_items(value, contract))


@lru_cache(maxsize=32)
def request_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s request schema."""
    return Validator(contract.request, contract.catalogue)


def read(body: object, area: str, contract: Contract) -> tuple[object, list[Violation]]:
    """The value of *body*, and what is wrong with its JSON; the value is MISSING where there is none.

    An object is its own value.
    """
    if not isinstance(body, bytes | bytearray | memoryview | str):
        return body, []
    parsed = parse(body if isinstance(body, str) else bytes(body))
    return parsed.value, [_parse_violation(problem, area, contract) for problem in parsed.problems]


def _parse_violation(problem: Problem, area: str, contract: Contract) -> Violation:
    requirement = contract.catalogue[f"{area}.json.{problem.kind.value}"]
    return violated(requirement, problem.pointer, problem.expected, problem.found)


def _empty_items(value: object, contract: Contract) -> Iterator[Violation]:
    """Empty strings inside an array of inputs, which prose forbids and no schema keyword does."""
    items = value.get("input") if isinstance(value, dict) else None
    if EMPTY_ITEM not in contract.catalogue or not isinstance(items, list | tuple) or "" not in items:
        return
    requirement = contract.catalogue[EMPTY_ITEM]
    for index, item in enumerate(items):
        if item == "":
            yield violated(requirement, f"/input/{index}", "a string that is not empty", "an empty string")
