"""Titles of requirements on the keywords of other contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.contract.own_contracts import json_response, own_contract


@pytest.mark.parametrize(
    ("schema", "id", "title"),
    [
        ({"type": "string", "pattern": "^a"}, "pattern", "is a text that matches ^a"),
        ({"type": "number", "multipleOf": 0.5}, "multiple-of", "is a multiple of 0.5"),
        ({"type": "object", "minProperties": 1}, "min-properties", "has at least 1 member"),
        ({"type": "array", "uniqueItems": True}, "unique-items", "is a list of different items"),
        ({"type": "integer", "enum": [384]}, "enum", "is 384"),
        ({"type": "string", "enum": ["a"]}, "enum", 'is "a"'),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "additional-properties",
            "has other properties only of the documented form",
        ),
    ],
)
def test_titles_of_keywords(tmp_path: Path, schema: dict[str, Any], id: str, title: str) -> None:
    response = json_response({"type": "object", "properties": {"extra": schema}})
    catalogue = own_contract(tmp_path, {"200": response}).catalogue
    assert catalogue[f"response.extra.{id}"].title == f"The response's extra {title}"
