"""A case: one encoded request body, with a description and its violations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.contract import Contract
from conformance.contract.roles import Roles
from conformance.validation import validate_request
from conformance.validation.semantic_rules import count_inputs

MAX_SHOWN = 30
"""Characters of a value in a description."""


@dataclass(frozen=True, slots=True)
class Case:
    """An encoded request body, with a description that completes "a request with ...".

    ``requirement`` is the id of the requirement that the case was built for. ``violations`` are the ids that our own
    validator reports for the body. They can differ from ``requirement``.
    """

    requirement: str
    description: str
    body: bytes
    violations: frozenset[str]

    @property
    def valid(self) -> bool:
        """Whether our own validator reports no violation."""
        return not self.violations


def make_case(contract: Contract, requirement: str, description: str, payload: object) -> Case:
    """Encode and classify *payload*: bytes stay as they are, anything else becomes JSON."""
    body = payload if isinstance(payload, bytes) else encode_payload(payload)
    violations = frozenset(violation.requirement for violation in validate_request(body, contract=contract))
    return Case(requirement, description, body, violations)


def shown_payload(value: object, words: str) -> str:
    """*value* as JSON if that is short, else the *words*; for descriptions."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else words


def encode_payload(payload: object) -> bytes:
    """Encode *payload* as compact JSON in UTF-8, the form that SDKs send; lone surrogates are escaped."""
    try:
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(payload, separators=(",", ":")).encode("ascii")


def input_tokens(body: bytes, roles: Roles) -> int:
    """Estimate the prompt tokens of a request: one for each token id, and one for every four bytes of text."""
    value = roles.texts_of(payload_of(body))
    items = value if isinstance(value, list) else [value]
    others = [item for item in items if not isinstance(item, int)]  # an array may have thousands of token ids
    return 0 if value is None else len(items) - len(others) + sum(map(_tokens, others))


def input_count(body: bytes, roles: Roles) -> int:
    """The number of inputs of a request; 1 if it cannot be known."""
    return count_inputs(roles.texts_of(payload_of(body))) or 1


@lru_cache(maxsize=8)
def payload_of(body: bytes) -> Any:
    """The JSON value of a body, which must not be changed; None if it is not JSON. The last bodies are remembered."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _tokens(item: object) -> int:
    match item:
        case str():
            return len(item.encode("utf-8", "replace")) // 4 + 1
        case list():
            return len(item)
    return 1
