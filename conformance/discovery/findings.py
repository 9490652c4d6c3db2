"""The findings of a discovery, and the configuration file that is written from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from textwrap import wrap

WIDTH = 110

LISTS = ("header", "parameter", "unsupported", "limit")
"""Settings whose value is a list. Each of their findings is an item of it."""


class Basis(StrEnum):
    """FOUND: an exchange showed it. GUESSED: it is likely; the user should check it. GIVEN: the user said so."""

    FOUND = "found"
    GUESSED = "guessed"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the setting that follows from it.

    ``key`` is a key of the configuration file, empty if no setting follows. Several findings may have the same key if
    its value is a list: each adds its ``value``.
    """

    basis: Basis
    sentence: str
    key: str = ""
    value: str | float | int = ""


def shown_finding(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """A finding that an exchange showed."""
    return Finding(Basis.FOUND, sentence, key, value)


def likely_finding(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """A finding that is likely."""
    return Finding(Basis.GUESSED, sentence, key, value)


def given_finding(sentence: str, key: str = "", value: str | float | int = "") -> Finding:
    """A finding that the user gave."""
    return Finding(Basis.GIVEN, sentence, key, value)


def toml_document(findings: Sequence[Finding], head: Iterable[str]) -> str:
    """The text of a configuration file: the sentences of *head*, then each setting below a comment with its basis.

    Findings stay in their order, but those with equal keys are grouped.
    """
    first = {finding.key: place for place, finding in reversed(list(enumerate(findings))) if finding.key}
    ordered = sorted(findings, key=lambda f: (not f.key, first.get(f.key, 0)))
    lines = [line for sentence in head for line in _comment(sentence)]
    for key, group in groupby(ordered, key=lambda finding: finding.key):
        lines += ["", *_setting(key, list(group))]
    return "\n".join(lines) + "\n"


def _setting(key: str, findings: Sequence[Finding]) -> Iterator[str]:
    if not key:
        for finding in findings:
            yield from _comment(_sentence(finding))
    elif key in LISTS:
        yield f"{key} = ["
        for finding in findings:
            yield from _comment(_sentence(finding), "  ")
            yield f"  {_literal(finding.value)},"
        yield "]"
    else:
        yield from _comment(_sentence(findings[0]))
        yield f"{key} = {_literal(findings[0].value)}"


def _literal(value: str | float | int) -> str:
    """*value* in TOML 1.0. In a string, quotes, backslashes and unprintable characters are escaped."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value) + '"'


def _sentence(finding: Finding) -> str:
    return f"{finding.basis}: {finding.sentence}"


def _comment(sentence: str, indent: str = "") -> Iterator[str]:
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in sentence)
    mark = f"{indent}# "
    yield from wrap(visible, WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False)
