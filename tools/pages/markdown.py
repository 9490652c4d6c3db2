"""Markdown from texts of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIAL = re.compile(r"([\\`*_\[\]<>|{}#])")


def plain(text: str) -> str:
    """*text* as it is, whatever characters it has, in one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """*text*, in one line, as code."""
    fence = "``" if "`" in text else "`"
    inside = f" {text} " if "`" in text else text
    return f"{fence}{' '.join(inside.split()) if fence == '`' else inside}{fence}"


def cell(text: str) -> str:
    """Markdown *text* for a cell of a table."""
    return text.replace("|", "\\|")


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown."""
    lines = [head, ["---"] * len(head), *([cell(text) for text in row] for row in body)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def fenced(language: str, text: str) -> str:
    """*text* as a block of code."""
    return f"```{language}\n{text.rstrip()}\n```"


def linked_places(text: str) -> str:
    """*text* with a link on each section of an RFC, and on each address."""
    if text.startswith("https://"):
        return f"<{text}>"
    return "; ".join(map(_rfc, text.split("; ")))


def _rfc(text: str) -> str:
    found = re.match(r"RFC (\d+), section ([\d.]+)", text)
    if not found:
        return plain(text)
    return (
        f"[{plain(text)}](https://www.rfc-editor.org/rfc/rfc{found[1]}.html#section-{found[2].rstrip('.')})"
    )
