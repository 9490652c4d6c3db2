"""What is wrong with the body of an error response: its form, its fields, a stack trace, or HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType

from conformance.http_client import Response
from conformance.validation.violation import describe_value

STACK_TRACES = (
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r"File \"[^\"]++\", line \d+"),
    re.compile(r"^[^\S\n]++at [^\s(]++ ?\((?=\S+?:\d)\S*+", re.MULTILINE),
    re.compile(r"goroutine \d++ \["),
    re.compile(r"panicked at "),
)
"""Stack traces of Python, Java and JavaScript, Go and Rust, after the escapes of JSON are undone.

The time of a search is linear in the size of the text, whatever that contains.
"""

MARKUP = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)

FIELDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "message": ((str,), "text; the AI SDK (JavaScript) shows only the status otherwise"),
    "type": ((str, NoneType), "text or null; the AI SDK (JavaScript) shows only the status otherwise"),
    "param": ((str, NoneType), "text or null; callers of openai (Python) rely on its type"),
    "code": ((str, NoneType), "text or null; callers of openai (Python) compare it with text"),
}
"""The fields of ``error`` in the body of OpenAI's errors: their types, and which client breaks on another one.

Read from packages/openai/src/openai-error.ts of the AI SDK, and src/openai/_exceptions.py of openai (Python).
"""

Problem = tuple[str, str]
"""What was expected of a body, and what was found."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The problems of the body of an error response; None where there is none, or where none can be seen."""

    not_json: Problem | None = None
    stack_trace: Problem | None = None
    markup: Problem | None = None
    fields: Problem | None = None

    @classmethod
    def of(cls, response: Response) -> ErrorBody:
        """Read the body of *response*. An incomplete body has no problem of form."""
        text = response.body.decode("utf-8", "replace")
        if response.omitted:
            return cls(stack_trace=_stack_trace(text), markup=_markup(text))
        return cls(_not_json(response), _stack_trace(text), _markup(text), _wrong_field(response))


def _not_json(response: Response) -> Problem | None:
    found = f"{response.status} {response.body[:80]!r}"
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return "a body that is JSON", found
    return None if isinstance(body, dict) else ("a JSON object", found)


def _wrong_field(response: Response) -> Problem | None:
    """The first field that OpenAI's SDKs cannot use."""
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        found = describe_value(error) if isinstance(body, dict) and "error" in body else "none"
        return "an object `error`; the SDKs find no message otherwise", found
    for name, (types, expected) in FIELDS.items():
        if not isinstance(error.get(name), types):
            return f"error.{name} that is {expected}", describe_value(
                error[name]
            ) if name in error else "none"
    return None


def _stack_trace(text: str) -> Problem | None:
    text = text.replace(r"\n", "\n").replace(r"\"", '"')
    found = next(filter(None, (pattern.search(text) for pattern in STACK_TRACES)), None)
    return ("no stack trace in the body", repr(found.group()[:80])) if found else None


def _markup(text: str) -> Problem | None:
    found = MARKUP.search(text)
    return ("no HTML in the body", repr(found.group()[:80])) if found else None
