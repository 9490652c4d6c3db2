"""Example strings that meet a schema with a pattern or a format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .openapi.json_schema import compiled_schema
from .pattern_text import text_matching

FORMATS = {
    "uuid": "0b8f6c1e-5d3a-4f27-9c68-2a1e7d4b9f05",
    "date-time": "2025-01-31T12:00:00Z",
    "date": "2025-01-31",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "river@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/river",
    "url": "https://example.com/river",
    "byte": "cml2ZXI=",
}
"""A value of each format that has a syntax (OpenAPI Format Registry; JSON Schema 2020-12, Validation, section 7.3)."""

PLACEHOLDER = "string"
"""What user interfaces of OpenAPI write as the example of any string."""

CHECKED = ("minLength", "maxLength", "pattern")


def fitting_string(node: Mapping[str, Any], text: str) -> str:
    """*text* if it fits the string schema *node*; else an example of the schema, or a generated text that fits.

    If nothing fits, it is *text* too.
    """
    is_free = node.get("format") not in FORMATS
    if is_free and "pattern" not in node:
        return text
    schema = {key: node[key] for key in CHECKED if key in node}
    validator = compiled_schema(schema)
    candidates = ([text] if is_free else []), _documented(node), _generated(node)
    return next((one for values in candidates for one in values if validator.is_valid(one)), text)


def _documented(node: Mapping[str, Any]) -> Iterator[str]:
    several = node.get("examples")
    for value in (node.get("example"), node.get("default"), *(several if isinstance(several, list) else ())):
        if isinstance(value, str) and value != PLACEHOLDER:
            yield value


def _generated(node: Mapping[str, Any]) -> Iterator[str]:
    if node.get("format") in FORMATS:
        yield FORMATS[node["format"]]
    if isinstance(pattern := node.get("pattern"), str) and (text := text_matching(pattern)) is not None:
        yield text
        yield text.ljust(node.get("minLength", 0), text[-1:] or "a")
