"""Generated examples meet their schemas."""

from __future__ import annotations

import re

import pytest

from conformance.contract.example_strings import FORMATS, fitting_string
from conformance.contract.pattern_text import text_matching


@pytest.mark.parametrize(
    "pattern",
    [
        r"^emb_[A-Za-z0-9]{24}$",
        r"^[a-z]{3,8}-[0-9]{4}$",
        r"^https://.+",
        r"^(a|b)+\d{2,}$",
        r"[^a-z]+",
        r"^[^\s@]+@[^\s]+\.\w{2,}$",
        r"^(?:x|y)?z*$",
        r"[]a]\\\.",
        r"^[\d\]-]+$",
        r"^arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:.+$",
    ],
)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    text = text_matching(pattern)
    assert text is not None
    assert re.search(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    ["(", "[", "[a", "a)", "(?!a)b", r"\p{L}", r"(a)\1", "a" * 2000, "((a{9}){999}){999}", "(" * 900],
)
def test_a_pattern_of_other_syntax_has_no_text(pattern: str) -> None:
    assert text_matching(pattern) is None


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({}, "river"),
        ({"example": "lake"}, "river"),
        ({"format": "password"}, "river"),
        ({"pattern": "^[a-z]+$", "example": "lake"}, "river"),
        ({"pattern": "^[a-z]{4}$", "example": "lake"}, "lake"),
        ({"pattern": "^[a-z]{4}$", "examples": [3, "lake"]}, "lake"),
        ({"pattern": "^[0-9]+$", "minLength": 6}, "000000"),
        ({"format": "uuid"}, FORMATS["uuid"]),
        ({"format": "uuid", "pattern": "^[a-f]+$"}, "a"),
        ({"pattern": "^b$a"}, "river"),
    ],
)
def test_a_string_fits_its_schema(node: dict[str, object], expected: str) -> None:
    assert fitting_string(node, "river") == expected
