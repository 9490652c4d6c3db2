"""Validation of request payloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from conformance.contract import Contract

from .schema_validator import Validator
from .strict_json import MISSING, Problem, parse
from .violation import Violation, bounded, violated

EMPTY_ITEM = "request.input.strings.items.empty"


def validate_request(body: object, *, contract: Contract | None = None) -> list[Violation]:
    """Validate the body of an embeddings request.

    *body* is the payload as ``bytes`` or ``str`` of JSON, or as the object that it decodes to. *contract* is the
    vendored one by default. The list is empty for a valid payload, and holds violations of every level otherwise, at
    most 1,000 of them. No body at all is valid where the contract does not require one.
    """
    contract = contract or Contract.load()
    value, problems = read(body, "request", contract)
    if value is MISSING:
        return problems
    return bounded(problems, request_validator(contract).violations(value), _empty_items(value, contract))


@lru_cache(maxsize=32)
def request_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s request schema."""
    return Validator(contract.request, contract.catalogue)


def read(body: object, area: str, contract: Contract) -> tuple[object, list[Violation]]:
    """The value of *body*, and what is wrong with its JSON; the value is MISSING where there is none.

    An object is its own value. What no requirement of *contract* speaks of is not wrong.
    """
    if not isinstance(body, bytes | bytearray | memoryview | str):
        return body, []
    parsed = parse(body if isinstance(body, str) else bytes(body))
    return parsed.value, list(_parse_violations(parsed.problems, area, contract))


def _parse_violations(problems: Iterable[Problem], area: str, contract: Contract) -> Iterator[Violation]:
    for problem in problems:
        requirement = contract.catalogue.get(f"{area}.json.{problem.kind.value}")
        if requirement is not None:
            yield violated(requirement, problem.pointer, problem.expected, problem.found)


def _empty_items(value: object, contract: Contract) -> Iterator[Violation]:
    """Empty strings inside an array of inputs, which prose forbids and no schema keyword does."""
    items = value.get("input") if isinstance(value, dict) else None
    if EMPTY_ITEM not in contract.catalogue or not isinstance(items, list | tuple) or "" not in items:
        return
    requirement = contract.catalogue[EMPTY_ITEM]
    for index, item in enumerate(items):
        if item == "":
            yield violated(requirement, f"/input/{index}", "a string that is not empty", "an empty string")
