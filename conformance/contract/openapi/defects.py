"""Defects of a document: invalid or contradictory parts, and what the suite uses instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """A part of a document that is invalid, or that contradicts itself.

    ``pointer`` is its place, ``problem`` a sentence about it, ``reading`` what the suite does instead.
    """

    pointer: str
    problem: str
    reading: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.problem}; {self.reading}"
