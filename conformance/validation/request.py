"""Validation of request payloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from conformance.contract import Contract
from conformance.contract.openapi.json_pointer import join_pointer

from .json_problem import MISSING, Parsed, Problem
from .large_json import NotRead, parse_large
from .quick_schema import quick_test
from .schema_keywords import ARRAY
from .schema_validator import Validator
from .strict_json import parse_json
from .violation import Violation, bounded_violations

EMPTY_ITEM = "request.input.strings.items.empty"

OTHER_TEXTS = (str, bytearray, memoryview)
"""The types of JSON texts besides bytes. A tuple: isinstance is four times slower with a union."""


def validate_request(body: object, *, contract: Contract | None = None) -> list[Violation]:
    """Validate the body of an embeddings request.

    *body* is the payload: ``bytes`` or ``str`` of JSON, or the decoded object. The default *contract* is the included
    one. The list is empty for a valid payload. Otherwise it has up to 1,000 violations, of every level. An absent body
    is valid if the contract does not require one.
    """
    contract = contract or included_contract()
    value, problems = read_request_body(body, "request", contract)
    if value is MISSING:
        return problems
    is_valid = _quick_test(contract)(value)
    if is_valid and not problems and not _has_empty_items(value, contract):
        return []
    schema = () if is_valid else request_validator(contract).violations(value)
    return bounded_violations(problems, schema, _empty_items(value, contract))


@lru_cache(maxsize=1)
def included_contract() -> Contract:
    """The included contract, under the default profile. Each call of ``Contract.load`` would look for changes."""
    return Contract.load()


@lru_cache(maxsize=8)
def _quick_test(contract: Contract) -> Callable[[Any], bool]:
    return quick_test(contract.request)


@lru_cache(maxsize=8)
def request_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s request schema."""
    return Validator(contract.request, contract.catalogue)


def read_request_body(body: object, area: str, contract: Contract) -> tuple[object, list[Violation]]:
    """The value of *body*, or MISSING, and the violations of its JSON text.

    An object is its own value. A problem without a requirement in *contract* is not a violation.
    """
    text: bytes | str
    if isinstance(body, bytes):
        text = body
    elif isinstance(body, OTHER_TEXTS):
        text = body if isinstance(body, str) else bytes(body)
    else:
        return body, []
    parsed = _read_response(text) if area == "response" else parse_json(text)
    problems = list(_json_violations(parsed.problems, area, contract)) if parsed.problems else []
    return parsed.value, problems


def _read_response(body: str | bytes) -> Parsed:
    if isinstance(body, bytes):
        try:
            return parse_large(body)
        except NotRead:
            pass
    return parse_json(body)


def _json_violations(problems: Iterable[Problem], area: str, contract: Contract) -> Iterator[Violation]:
    for problem in problems:
        requirement = contract.catalogue.get(f"{area}.json.{problem.kind.value}")
        if requirement is not None:
            yield Violation.of(requirement, problem.pointer, problem.expected, problem.found)


def _has_empty_items(value: object, contract: Contract) -> bool:
    items = contract.roles.texts_of(value)
    return isinstance(items, ARRAY) and "" in items and EMPTY_ITEM in contract.catalogue


def _empty_items(value: object, contract: Contract) -> Iterator[Violation]:
    """Empty strings in an array of inputs: the contract's prose forbids them, and no schema keyword does."""
    if not _has_empty_items(value, contract):
        return
    requirement = contract.catalogue[EMPTY_ITEM]
    for index, item in enumerate(contract.roles.texts_of(value)):
        if item == "":
            pointer = join_pointer((contract.roles.texts or "", str(index)))
            yield Violation.of(requirement, pointer, "a string that is not empty", "an empty string")
