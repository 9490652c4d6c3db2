"""A snapshot of what a target returned: one vector of each text, and how far its other vectors are from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.text import clip

from .corpus import Text
from .distances import can_be_recorded, cosine_distance, norm_difference
from .forms import Form
from .observation import Numbers, Observation
from .snapshot import Record, Snapshot


def snapshot_of(
    texts: Iterable[Text],
    observation: Observation,
    *,
    suite: str,
    model: str | None,
    dimensions: int | None = None,
    encodings: Sequence[str] = (),
    batch: int = 1,
) -> Snapshot:
    """The snapshot of an *observation*; *batch* is the number of texts in its batches.

    Raises ValueError if no text has a vector, the vectors differ in length, or one cannot be compared.
    """
    records = tuple(_record(text, observation) for text in texts)
    lengths = {record.vector.size for record in records if record.vector is not None}
    if len(lengths) != 1:
        raise ValueError(
            "the responses have vectors of several lengths" if lengths else "no response has a vector"
        )
    for record in records:
        if record.vector is not None and not can_be_recorded(record.vector):
            problem = "is zero, or has a number that is NaN, infinite or too large"
            raise ValueError(f"the vector of the text {clip(record.text.id)} {problem}")
    shortened = {id: found[0] for id, found in observation.vectors[Form.DIMENSIONS].items()}
    return Snapshot(
        suite=suite,
        model=model,
        reported=observation.model,
        length=lengths.pop(),
        records=records,
        dimensions=dimensions if shortened else None,
        shortened=shortened,
        encodings=tuple(encodings),
        batch=batch,
    )


def _record(text: Text, observation: Observation) -> Record:
    alone = observation.vectors[Form.SINGLE].get(text.id, [])
    tokens = observation.tokens.get(text.id)
    if not alone:
        return Record(text, None, tokens)
    vector = _central(alone)
    others = observation.vectors[Form.BATCH].get(text.id, [])
    return Record(
        text,
        vector,
        tokens,
        noise=_greatest(cosine_distance(vector, other) for other in alone),
        batch_noise=_greatest(cosine_distance(vector, other) for other in others),
        norm_noise=_greatest(norm_difference(vector, other) for other in (*alone, *others)),
    )


def _central(vectors: Sequence[Numbers]) -> Numbers:
    """The vector that is nearest to all others; of several, the first one."""
    return min(vectors, key=lambda one: sum(cosine_distance(one, other) for other in vectors))


def _greatest(values: Iterable[float]) -> float:
    """The greatest of *values*, with two digits: more of them would differ between two recordings."""
    return float(f"{max(values, default=0.0):.2g}")
