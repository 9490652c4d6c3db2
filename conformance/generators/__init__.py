"""Generators of request payloads, derived from the contract and classified by our own validators."""

from .case import Case, encode
from .invalid import invalid_cases
from .malformed import malformed_cases
from .valid import combinations, oversized, plain_case, valid_cases

__all__ = [
    "Case",
    "combinations",
    "encode",
    "invalid_cases",
    "malformed_cases",
    "oversized",
    "plain_case",
    "valid_cases",
]
