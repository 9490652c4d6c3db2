"""The JSON media types in the `content` of a request body or a response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

JSON = "application/json"
SUFFIX = "+json"
"""The end of media types whose values are JSON (RFC 6839, section 3.1)."""

RANGES = ("application/*", "*/*")


def base_type(name: object) -> str:
    """The media type *name* in lowercase, without its parameters."""
    return str(name).partition(";")[0].strip().lower()


def is_json(name: object) -> bool:
    """Whether values of the media type *name* are JSON."""
    return base_type(name) == JSON or base_type(name).endswith(SUFFIX)


def json_types(node: Mapping[str, Any]) -> Sequence[str]:
    """The media types and ranges of JSON in the content of *node*, a request body or response.

    The first one has the schema that counts: ``application/json`` without parameters, with them, another type of JSON,
    a range.
    """
    content = node.get("content")
    names = [str(name) for name in content] if isinstance(content, Mapping) else []
    usual = sorted((name for name in names if base_type(name) == JSON), key=len)
    others = [name for name in names if is_json(name) and name not in usual]
    return [*usual, *others, *(name for one in RANGES for name in names if base_type(name) == one)]


def sent_as(name: str) -> str:
    """The media type of a body that is described for *name*, which may be a range."""
    return JSON if base_type(name) in RANGES else base_type(name)


def admits_media_type(names: Sequence[str], found: str) -> bool:
    """Whether one of *names*, media types and ranges, includes the media type *found*."""
    return any(_includes(name, found) for name in names)


def admits_json(names: Sequence[str], found: str) -> bool:
    """Whether *found* is a media type of JSON that one of *names*, media types and ranges, includes."""
    return is_json(found) and admits_media_type(names, found)


def _includes(name: object, found: str) -> bool:
    """Whether *name*, a media type or a range, includes the media type *found*."""
    kind, _, subtype = base_type(name).partition("/")
    found_kind, _, found_subtype = base_type(found).partition("/")
    return kind in ("*", found_kind) and subtype in ("*", found_subtype)
