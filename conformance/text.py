"""Text for people: lines, control characters made visible, limits of length, nouns in singular or plural."""

from __future__ import annotations

from typing import NamedTuple

WIDTH = 300
"""Characters of a clipped line."""

MADE_VISIBLE = 10_000
"""Characters of a longer text that are looked at."""


class Line(NamedTuple):
    """A line of text, and its style if the terminal shows colors."""

    text: str
    style: str = ""


def visible(text: str) -> str:
    """Return *text* with escapes for control characters and the like: a server must not control a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def clip(text: str) -> str:
    """Return *text* made visible, in one line of at most WIDTH characters and a note about its length."""
    shown = visible(text[:MADE_VISIBLE])
    length = len(shown) + max(0, len(text) - MADE_VISIBLE)
    return shown if len(shown) <= WIDTH else f"{shown[:WIDTH]}... ({length:,} characters)"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return *number* with its noun: ``1 request``, ``1,200 requests``. *plural* defaults to the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
