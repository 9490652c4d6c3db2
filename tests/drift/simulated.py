"""Observations of simulated servers: the reference's embeddings of the packaged texts, with changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from conformance.drift import Form, Observation, Snapshot, packaged_texts, snapshot_of
from conformance.drift.sending import BATCH, batches_of, evenly_spread
from conformance.reference.embedder import embed_text

LENGTH = 256
"""Numbers of a vector: short ones make the tests fast."""

TIMES = 3
"""Requests for some texts alone."""

Vector = NDArray[np.float64]
Embed = Callable[[str], Vector]
EmbedBatch = Callable[[Sequence[str]], Sequence[Vector]]


@cache
def embedded(text: str, model: str = "a-model", length: int = LENGTH) -> Vector:
    """The vector of *text*, shape (length,), of norm 1."""
    found: Vector = embed_text(text.encode(), model=model, native_size=length).astype(np.float64)
    return found


def unit(vector: Vector) -> Vector:
    """*vector* with norm 1."""
    return vector / float(np.linalg.norm(vector))


def blended(change: Embed, strength: float) -> Embed:
    """A server whose vectors are between the right ones (strength 0) and those of *change* (strength 1)."""
    return lambda text: unit((1 - strength) * embedded(text) + strength * change(text))


def observed(
    one: Embed = embedded, *, batch: EmbedBatch | None = None, base64: Embed | None = None
) -> Observation:
    """What a server returns that embeds a text with *one*, and batches and base64 perhaps in another way."""
    found = Observation()
    texts = packaged_texts()
    for time in range(TIMES):
        for text in texts if time == 0 else evenly_spread(texts):
            found.add(Form.SINGLE, [text.id], [_single(one(text.text))])
            found.tokens[text.id] = len(text.text.encode())
    for some in batches_of(texts, BATCH):
        ids, values = [text.id for text in some], [text.text for text in some]
        vectors = batch(values) if batch is not None else [one(value) for value in values]
        found.add(Form.BATCH, ids, [_single(vector) for vector in vectors])
        found.add(Form.BASE64, ids, [_single((base64 or one)(value)) for value in values])
    return found


def _single(vector: Vector) -> NDArray[np.float32]:
    return np.asarray(vector, np.float32)


def snapshot_from(one: Embed = embedded) -> Snapshot:
    """The snapshot of a server that embeds a text with *one*."""
    return snapshot_of(
        packaged_texts(),
        observed(one),
        suite="1.0",
        model="a-model",
        encodings=["float", "base64"],
        batch=BATCH,
    )


@cache
def correct_snapshot() -> Snapshot:
    """The snapshot of the correct server."""
    return snapshot_from()


def of_replicas(change: Embed, number: int) -> Embed:
    """A server with *number* replicas in turn, of which the last one embeds with *change*."""
    requests = count(1)
    return lambda text: change(text) if next(requests) % number == 0 else embedded(text)


def leaking(strength: float) -> EmbedBatch:
    """Batches in which shorter texts get a part of their neighbor's vector, through padding."""

    def embed_batch(texts: Sequence[str]) -> list[Vector]:
        longest, vectors = max(map(len, texts)), [embedded(text) for text in texts]
        return [
            unit(vector + strength * vectors[place - 1]) if len(text) < longest else vector
            for place, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        ]

    return embed_batch


def quantized(bits: int) -> Embed:
    """Vectors with 2^bits - 1 levels."""

    def embed_one(text: str) -> Vector:
        vector = embedded(text)
        step = float(np.abs(vector).max()) / (2 ** (bits - 1) - 1)
        found: Vector = np.round(vector / step) * step
        return found

    return embed_one


def bfloat16(text: str) -> Vector:
    """Numbers with the upper 16 bits only."""
    bits = embedded(text).astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    found: Vector = bits.view(np.float32).astype(np.float64)
    return found


def pooled(mode: str) -> Embed:
    """The vectors of single words, pooled: their mean, the first, the last, or the greatest numbers."""

    def embed_one(text: str) -> Vector:
        words = np.array([embedded(word) for word in text.split() or [text]])
        found = {"mean": words.mean(axis=0), "first": words[0], "last": words[-1], "max": words.max(axis=0)}
        return unit(found[mode])

    return embed_one
