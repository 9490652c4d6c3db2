"""Generators of request payloads, derived from the contract and classified by our own validators."""

from .all_cases import invalid_cases, valid_cases, without_violation
from .case import Case, encode
from .malformed import malformed_cases
from .valid import combinations, oversized, plain_case

__all__ = [
    "Case",
    "combinations",
    "encode",
    "invalid_cases",
    "malformed_cases",
    "oversized",
    "plain_case",
    "valid_cases",
    "without_violation",
]
