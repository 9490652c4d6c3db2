"""One sentence about a snapshot, or about a comparison."""

from __future__ import annotations

from pathlib import Path

from conformance.text import counted

from .comparison import CAP, Comparison
from .forms import Grade
from .snapshot import Snapshot

MEANING = {
    Grade.IDENTICAL: "the vectors are those of the snapshot",
    Grade.NOISE: "the vectors differ only as much as the target's own repetitions may",
    Grade.COMPATIBLE: "nearest texts stay the same, but distances have moved: check thresholds",
    Grade.RE_EMBED: "a stored index does not fit the new vectors: embed its texts again",
}
"""What each grade means for a stored index."""


def recorded_sentence(snapshot: Snapshot, shown_url: str, file: Path) -> str:
    """What was recorded, and the target's own noise."""
    vectors = snapshot.vectors
    rejected = len(snapshot.records) - len(vectors)
    noise = max(max(r.noise, r.batch_noise) for r in snapshot.records)
    parts = [f"{counted(len(vectors), 'text')} of {shown_url}, {counted(snapshot.length, 'number')} each"]
    parts += [f"{counted(rejected, 'text')} rejected"] if rejected else []
    parts += [f"noise {noise:.1e}" if noise else "no noise"]
    line = f"{file}: {', '.join(parts)}"
    if noise > CAP:
        unsteady = sum(max(r.noise, r.batch_noise) > CAP for r in snapshot.records)
        line += (
            f"\nWarning: the target does not repeat the vectors of {counted(unsteady, 'text')}; to find out why, run:"
            " embeddings-conformance run URL --only meaning.deterministic --only state.same-text"
        )
    return line


def check_sentence(comparison: Comparison) -> str:
    """The grade, its meaning, and the text that has changed most."""
    grade = comparison.grade
    return f"{grade.words}: {MEANING[grade]}{worst_phrase(comparison)}"


def worst_phrase(comparison: Comparison) -> str:
    """The text that has changed most, in brackets; empty if none has."""
    found = [changes.worst for changes in comparison.forms.values()]
    worst = max((c for c in found if c is not None), key=lambda c: (c.distance, c.norm), default=None)
    for changes in comparison.forms.values():
        if other := changes.lengths - {changes.expected}:
            return f" ({min(other):,} numbers instead of {changes.expected:,})"
    if worst is None or worst.equal:
        return ""
    if worst.distance == 0:
        return f" (norms differ by {worst.norm:.2%})"
    kept = min(changes.kept for changes in comparison.forms.values())
    return f" (least cosine {1 - worst.distance:.4f}, text {worst.id}; {kept:.0%} of neighbors kept)"
