"""How a target treats long texts, before and now: embedded as a whole, truncated, or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .distances import cosine_distance
from .forms import Form
from .observation import Numbers, Observation
from .snapshot import Snapshot

LONG = "long"
"""The kind of texts that come in pairs: only their ends differ."""

SAME_END = 1e-5
"""The greatest distance of two texts whose ends have no effect, besides noise."""


class Reading(StrEnum):
    """How a target handles a long text."""

    WHOLE = "whole"
    CUT = "cut"
    REJECTED = "rejected"

    @property
    def words(self) -> str:
        """The word for it in a sentence."""
        return {"whole": "embedded as a whole", "cut": "truncated", "rejected": "rejected"}[self.value]


def truncation_lengths(
    snapshot: Snapshot, observation: Observation
) -> tuple[Mapping[str, Reading], Mapping[str, Reading]]:
    """How each long text was handled before, and is handled now, by the id of the first text of its pair."""
    noise = {record.text.id: max(record.noise, record.batch_noise) for record in snapshot.records}
    before: dict[str, Reading] = {}
    after: dict[str, Reading] = {}
    now = {id: found[0] for id, found in observation.vectors[Form.SINGLE].items()}
    for record in snapshot.records:
        text = record.text
        if text.kind != LONG or text.pair not in noise or text.pair in before:
            continue
        limit = SAME_END + 3 * max(noise[text.id], noise[text.pair])
        old = _reading(snapshot.vectors, text.id, text.pair, limit)
        new = _reading(now, text.id, text.pair, limit)
        is_rejected = {text.id, text.pair} & observation.rejected.keys()
        if old is not None and (new is not None or is_rejected):
            before[text.id], after[text.id] = old, new or Reading.REJECTED
    return before, after


def _reading(vectors: Mapping[str, Numbers], one: str, other: str, limit: float) -> Reading | None:
    """How a pair of texts was handled; None without both vectors."""
    if one not in vectors or other not in vectors:
        return None
    return Reading.CUT if cosine_distance(vectors[one], vectors[other]) <= limit else Reading.WHOLE
