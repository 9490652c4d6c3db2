"""A requirement: one normative statement, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LEVELS = ("must", "should", "may")
"""RFC 2119 levels, the strongest first."""

SOURCE_KINDS = ("schema", "security", "prose", "http", "practice")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement is written.

    ``schema``: pointer and keyword. ``security``: pointer. ``prose``: pointer and quoted sentence.
    ``http``: RFC and section in ``reference``. ``practice``: what clients rely on, with a link in ``reference``.
    """

    kind: str
    pointer: str = ""
    keyword: str = ""
    quote: str = ""
    reference: str = ""

    def as_dict(self) -> dict[str, str]:
        """The fields that say something, for reports."""
        pairs = {
            "kind": self.kind,
            "pointer": self.pointer,
            "keyword": self.keyword,
            "quote": self.quote,
            "reference": self.reference,
        }
        return {key: value for key, value in pairs.items() if value}

    def __str__(self) -> str:
        place = f"{self.pointer}/{self.keyword}" if self.keyword else self.pointer or self.reference
        return f'{place} "{self.quote}"' if self.quote else place


@dataclass(frozen=True, slots=True)
class Requirement:
    """One normative statement.

    ``related`` names the requirements that overlap with this one by nature, so that one fault may break both.
    ``subject`` is what a requirement made from a template is about: scheme names, or a method.
    ``reason`` says why the level is what it is.
    """

    id: str
    level: str
    area: str
    title: str
    source: Source
    related: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    template: str = ""
    reason: str = ""


class CatalogueError(ValueError):
    """The requirement data contradicts itself, or the document it quotes."""

    def __init__(self, requirement: str, expected: str, found: str) -> None:
        self.requirement, self.expected, self.found = requirement, expected, found
        super().__init__(f"requirement {requirement}: expected {expected}, found {found}")


def read_source(data: Mapping[str, Any]) -> Source:
    """A source from its data form; unknown keys raise TypeError."""
    return Source(**{key: str(value) for key, value in data.items()})
