"""Validate payloads: strict JSON, compiled schemas, and semantic rules that no schema can state."""

from .base64_vectors import Base64Problem, decode_base64, first_non_finite
from .json_problem import MISSING, Parsed
from .request import EMPTY_ITEM, validate_request
from .response import UnreadableRequest, validate_response
from .schema_validator import Validator
from .strict_json import parse_json
from .violation import Violation, first_of

__all__ = [
    "EMPTY_ITEM",
    "MISSING",
    "Base64Problem",
    "Parsed",
    "UnreadableRequest",
    "Validator",
    "Violation",
    "decode_base64",
    "first_non_finite",
    "first_of",
    "parse_json",
    "validate_request",
    "validate_response",
]
