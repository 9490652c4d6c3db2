"""Generators of request payloads, derived from the contract and classified by our own validators."""

from .all_cases import invalid_cases, valid_cases, without_violation
from .case import Case, encode_payload
from .malformed import malformed_cases
from .valid import option_combinations, oversized_requests, plain_case

__all__ = [
    "Case",
    "encode_payload",
    "invalid_cases",
    "malformed_cases",
    "option_combinations",
    "oversized_requests",
    "plain_case",
    "valid_cases",
    "without_violation",
]
