"""What is wrong with the body of an error response: its form, a stack trace, or HTML."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from conformance.http_client import Response

STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+"
    r"|^[^\S\n]++at [^\s(]++ ?\((?=\S+?:\d)\S*+|\bgoroutine \d++ \[|panicked at ",
    re.MULTILINE,
)
"""Stack traces of Python, JavaScript, Java, Go and Rust, after the escapes of JSON are undone.

Its time is linear in the size of the text, whatever that contains.
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
    found = STACK_TRACE.search(text.replace(r"\n", "\n").replace(r"\"", '"'))
    return ("no stack trace in the body", repr(found.group()[:80])) if found else None


def _markup(text: str) -> Problem | None:
    found = MARKUP.search(text)
    return ("no HTML in the body", repr(found.group()[:80])) if found else None
