"""Regular expressions of JSONPath (I-Regexp, RFC 9485), in time that is linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from conformance.contract.openapi.limits import MAX_QUERY

SIZE = 2**18
"""Bytes of a compiled regular expression; that of ``[a-z]{500}`` fits."""

_LITERAL = re.compile(r"[^\\.\[\]{}()*+?|^$]*")
_DOT = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\.", re.DOTALL)


class UnsupportedExpression(ValueError):
    """A regular expression is invalid, or too large; the message says which one."""


def search_pattern(pattern: str, text: str) -> bool:
    """Whether a part of *text* matches *pattern*. Raises UnsupportedExpression."""
    return pattern in text if _LITERAL.fullmatch(pattern) else _compiled(pattern)(text)


def match_pattern(pattern: str, text: str) -> bool:
    """Whether *text* as a whole matches *pattern*. Raises UnsupportedExpression."""
    return pattern == text if _LITERAL.fullmatch(pattern) else _compiled(f"^(?:{pattern})$")(text)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Callable[[str], bool]:
    from jsonschema_rs import RegexOptions, ValidationError, validator_for

    if len(pattern) > MAX_QUERY:
        raise UnsupportedExpression(f"a regular expression has more than {MAX_QUERY:,} characters")
    options = RegexOptions(size_limit=SIZE, dfa_size_limit=SIZE)
    try:
        validator = validator_for({"pattern": _DOT.sub(_any_character, pattern)}, pattern_options=options)
    except (ValidationError, ValueError):
        problem = f"the regular expression {pattern!r} is too large, or not an I-Regexp (RFC 9485)"
        raise UnsupportedExpression(problem) from None
    return lambda text: validator.is_valid(text.encode("utf-8", "replace").decode("utf-8"))


def _any_character(found: re.Match[str]) -> str:
    """A dot outside of brackets does not match line breaks (RFC 9485, section 5)."""
    return r"[^\n\r]" if found[0] == "." else found[0]
