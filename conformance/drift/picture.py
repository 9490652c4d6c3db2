"""What reports show of a comparison, as JSON-compatible data: a sentence, causes, texts with changed vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from typing import Any

from conformance.text import counted

from .comparison import Change, Comparison, FormChanges
from .diagnosis import likely_causes
from .forms import Form
from .sentences import check_sentence

MAX_WORST = 5
"""Texts that are shown."""

MAX_NEIGHBORS = 3
"""Neighbors of a text that are shown, before and after."""

MAX_KINDS = 30
"""Kinds of texts that are shown."""

EXCERPT = 80
"""Characters of a text that are shown."""


def comparison_picture(comparison: Comparison) -> dict[str, Any]:
    """The picture of a *comparison*; ``report.schema.json`` describes it under ``stability``."""
    return {
        "grade": comparison.grade.words,
        "sentence": f"{check_sentence(comparison)}{_part(comparison)}",
        "tolerance": float(f"{comparison.tolerance:.2g}"),
        "recorded": {
            "suite": comparison.snapshot.suite,
            "model": comparison.snapshot.model,
            "texts": len(comparison.snapshot.records),
        },
        "causes": [
            {"cause": cause.name, "symptom": cause.symptom, "likely": cause.likely, "fix": cause.fix}
            for cause in likely_causes(comparison)
        ],
        "forms": [_form(changes) for changes in comparison.forms.values() if changes.changes],
        "kinds": list(_kinds(comparison))[:MAX_KINDS],
        "worst": list(_worst(comparison)),
    }


def _part(comparison: Comparison) -> str:
    """How many of the recorded texts were compared, if not all of them; else empty."""
    compared = {change.id for changes in comparison.forms.values() for change in changes.changes}
    recorded = len(comparison.snapshot.vectors)
    return (
        f"; only {len(compared)} of {counted(recorded, 'text')} compared" if len(compared) < recorded else ""
    )


def _form(changes: FormChanges) -> dict[str, Any]:
    cosines = [_cosine(change) for change in changes.changes]
    return {
        "form": changes.form.value,
        "grade": changes.grade.words,
        "texts": len(cosines),
        "least_cosine": min(cosines),
        "median_cosine": _rounded(median(cosines)),
        "neighbors_kept": round(changes.kept, 3),
    }


def _kinds(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """The distribution of cosines of each kind of texts, in the worst form that has all texts."""
    changes = _shown_form(comparison)
    if changes is None:
        return
    by_kind: dict[str, list[Change]] = {}
    for change in changes.changes:
        by_kind.setdefault(change.record.text.kind, []).append(change)
    for kind, found in by_kind.items():
        cosines = sorted(_cosine(change) for change in found)
        lower, middle, upper = (
            quantiles(cosines, n=4, method="inclusive") if len(cosines) > 1 else cosines * 3
        )
        yield {
            "kind": kind,
            "texts": len(cosines),
            "minimum": cosines[0],
            "lower_quartile": _rounded(lower),
            "median": _rounded(middle),
            "upper_quartile": _rounded(upper),
            "maximum": cosines[-1],
            "neighbors_kept": round(sum(change.kept for change in found) / len(found), 3),
        }


def _shown_form(comparison: Comparison) -> FormChanges | None:
    """The texts alone, unless another form with all texts has changed more."""
    forms = [f for form, f in comparison.forms.items() if form is not Form.DIMENSIONS and f.changes]
    return max(forms, key=lambda f: (f.grade, len(f.changes), f.form is Form.SINGLE), default=None)


def _worst(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """The texts that have changed most, with their nearest texts before and after."""
    changes = _shown_form(comparison)
    texts = {record.text.id: record.text.text for record in comparison.snapshot.records}
    moved = [change for change in changes.changes if not change.equal] if changes is not None else []
    for change in sorted(moved, key=lambda c: (-c.distance, -c.norm, c.id))[:MAX_WORST]:
        yield {
            "id": change.id,
            "kind": change.record.text.kind,
            "form": change.form.value,
            "text": _excerpt(change.record.text.text),
            "cosine": _cosine(change),
            "norm_difference": float(f"{change.norm:.2g}"),
            "neighbors_kept": round(change.kept, 3),
            "before": [_excerpt(texts[id]) for id in _first(change.before)],
            "after": [_excerpt(texts[id]) for id in _first(change.after)],
        }


def _first(ids: Sequence[str]) -> Sequence[str]:
    return ids[:MAX_NEIGHBORS]


def _cosine(change: Change) -> float:
    return _rounded(1 - change.distance)


def _rounded(cosine: float) -> float:
    return round(cosine, 6)


def _excerpt(text: str) -> str:
    line = " ".join(text.split()) or "(white space)"
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1]}…"
