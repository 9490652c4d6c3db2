"""Validation of response payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from conformance.contract import Contract

from .request import read
from .schema_validator import Validator
from .semantic_rules import relations
from .strict_json import MISSING
from .violation import Violation, bounded, describe, violated


class UnreadableRequest(ValueError):
    """The request beside an answer is no JSON object, so that nothing can be compared with it."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(f"the request must be a JSON object to compare its answer with, found {found}")


def validate_response(
    body: object, request: object = None, *, contract: Contract | None = None
) -> list[Violation]:
    """Validate the body of a successful answer, with its relations to *request* when that is given.

    *body* and *request* are payloads as ``bytes`` or ``str`` of JSON, or as objects. Of the request only what is
    compared has to be there. The list is empty for a valid payload, and holds at most 1,000 violations otherwise.
    Raises UnreadableRequest for a request that is no JSON object.
    """
    contract = contract or Contract.load()
    sent = None if request is None else _readable(request, contract)
    value, problems = read(body, "response", contract)
    if value is MISSING:
        return problems
    return bounded(problems, response_validator(contract).violations(value), _related(value, sent, contract))


@lru_cache(maxsize=32)
def response_validator(contract: Contract) -> Validator:
    """The compiled validator of *contract*'s response schema."""
    return Validator(contract.response, contract.catalogue)


def _readable(request: object, contract: Contract) -> Mapping[str, Any]:
    value, problems = read(request, "request", contract)
    if isinstance(value, dict):
        return value
    if value is MISSING:
        raise UnreadableRequest(problems[0].message if problems else "nothing")
    raise UnreadableRequest(describe(value))


def _related(value: object, request: Mapping[str, Any] | None, contract: Contract) -> Iterator[Violation]:
    if not isinstance(value, dict):
        return
    format_schema = contract.request.properties.get("encoding_format")
    default = None if format_schema is None else format_schema.node.get("default")
    for requirement_id, pointer, expected, found in relations(value, request, default, contract.known_models):
        if requirement_id in contract.catalogue:
            yield violated(contract.catalogue[requirement_id], pointer, expected, found)
