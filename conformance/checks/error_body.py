"""What is wrong with the body of an error response: its form, a stack trace, or HTML."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from conformance.http_client import Response

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

Problem = tuple[str, str]
"""What was expected of a body, and what was found."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The problems of the body of an error response; None where there is none, or where none can be seen."""

    not_json: Problem | None = None
    stack_trace: Problem | None = None
    markup: Problem | None = None

    @classmethod
    def of(cls, response: Response) -> ErrorBody:
        """Read the body of *response*. An incomplete body has no problem of form."""
        text = response.body.decode("utf-8", "replace")
        return cls(None if response.omitted else _not_json(response), _stack_trace(text), _markup(text))


def _not_json(response: Response) -> Problem | None:
    found = f"{response.status} {response.body[:80]!r}"
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return "a body that is JSON", found
    return None if isinstance(body, dict) else ("a JSON object", found)


def _stack_trace(text: str) -> Problem | None:
    text = text.replace(r"\n", "\n").replace(r"\"", '"')
    found = next(filter(None, (pattern.search(text) for pattern in STACK_TRACES)), None)
    return ("no stack trace in the body", repr(found.group()[:80])) if found else None


def _markup(text: str) -> Problem | None:
    found = MARKUP.search(text)
    return ("no HTML in the body", repr(found.group()[:80])) if found else None
