"""Findings as a configuration file: each setting below a comment that says what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from .findings import Finding

WIDTH = 110

LISTS = ("header", "unsupported", "limit")
"""Settings whose value is a list; each of their findings is an item."""


def document(findings: Sequence[Finding], head: Iterable[str]) -> str:
    """The text of the file: the sentences of *head*, then all *findings*, in their order, equal keys together."""
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
            yield f"  {literal(finding.value)},"
        yield "]"
    else:
        yield from _comment(_sentence(findings[0]))
        yield f"{key} = {literal(findings[0].value)}"


def literal(value: str | float | int) -> str:
    """*value* in TOML 1.0: of a string, whatever could end it, or is no plain character, is escaped."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value) + '"'


def _sentence(finding: Finding) -> str:
    return f"{finding.basis}: {finding.sentence}"


def _comment(sentence: str, indent: str = "") -> Iterator[str]:
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in sentence)
    mark = f"{indent}# "
    yield from wrap(visible, WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False)
