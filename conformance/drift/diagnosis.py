"""Find the likely causes of changed vectors, from their symptoms and the table ``spec/diagnosis.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file

from .comparison import Comparison
from .forms import Grade
from .symptoms import SYMPTOMS, Case

MAX_CAUSES = 2
"""Causes that a diagnosis names."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A likely cause: its short name, the symptom that shows it, what has probably happened, and what to do.

    ``is_guess``: whether other causes show the same symptom.
    """

    name: str
    symptom: str
    likely: str
    fix: str
    is_guess: bool = False


def likely_causes(comparison: Comparison) -> list[Cause]:
    """The likely causes of what has changed, the likeliest first; none for identical vectors, or only noise."""
    if comparison.grade is Grade.IDENTICAL:
        return []
    found: dict[str, Cause] = {}
    for cause in _causes(Case(comparison)):
        if found and not cause.is_guess:
            continue
        found.setdefault(cause.name, cause)
        if len(found) == MAX_CAUSES or not cause.is_guess:
            break
    return list(found.values())


def _causes(case: Case) -> Iterator[Cause]:
    for entry in _table():
        values = SYMPTOMS[entry.symptom](case)
        if values is not None:
            yield replace(entry, likely=entry.likely.format(**values), fix=entry.fix.format(**values))


@lru_cache(maxsize=1)
def _table() -> tuple[Cause, ...]:
    """The table, in its order."""
    entries = read_file(spec_file("diagnosis.yaml")).value["causes"]
    return tuple(
        Cause(e["cause"], e["symptom"], e["likely"], e["fix"], e.get("guess", False)) for e in entries
    )
