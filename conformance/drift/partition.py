"""Find what separates the texts with changed vectors from the others: a feature, the scripts, or the length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .corpus import Text
from .evidence import Numbered
from .snapshot import Snapshot
from .text_features import FEATURES, LATIN, script_of

FEW_CHANGED = 0.03
"""The greatest share of changed texts among those without the feature."""

MOST_CHANGED = 0.5
"""The least share of changed texts among those with the feature: in some it has no effect."""

ALL = 0.8
"""The least share of changed texts in a script that has changed."""

LEAST = 2
"""Changed texts from which a feature is searched for."""

LEAST_UNCHANGED = 5
"""Unchanged texts from which a feature can be told: there are several scripts and lengths among them."""


def explained_by(numbers: Numbered) -> str:
    """The symptom that tells the changed texts from the others best; empty if none does."""
    if not numbers.can_compare:
        return ""
    return _explained_by(tuple(map(bool, numbers.changed)), tuple(numbers.texts))


@lru_cache(maxsize=8)
def _explained_by(changed: tuple[bool, ...], texts: tuple[Text, ...]) -> str:
    flags = np.array(changed)
    if flags.sum() < LEAST or (~flags).sum() < LEAST_UNCHANGED:
        return ""
    scores = {name: _score(flags, mask) for name, mask in _masks(flags, texts).items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else ""


def _masks(changed: NDArray[np.bool_], texts: Sequence[Text]) -> dict[str, NDArray[np.float64]]:
    """For each symptom, which texts have the feature: 1, 0, or NaN if that cannot be said."""
    masks: dict[str, NDArray[np.float64]] = {
        name: np.array([np.nan if (has := feature(text)) is None else float(has) for text in texts])
        for name, feature in FEATURES.items()
    }
    lengths = _lengths(texts)
    masks["long-only"] = (lengths > _limit(changed, lengths)).astype(float)
    found = _changed_scripts(changed, texts)
    if found:
        masks["scripts-only"] = np.array([float(_script(text) in found) for text in texts])
    return masks


def _score(changed: NDArray[np.bool_], mask: NDArray[np.float64]) -> float:
    """How well a feature tells the changed texts: the harmonic mean of precision and recall; 0 if it does not."""
    has, lacks = mask == 1, mask == 0
    if not has.any() or not lacks.any():
        return 0.0
    wrong = int((changed & lacks).sum())
    if wrong > max(1, FEW_CHANGED * lacks.sum()) or changed[has].mean() < MOST_CHANGED:
        return 0.0
    hits = int((changed & has).sum())
    return 2 * hits / (2 * hits + wrong + int((~changed & has).sum()))


def _limit(changed: NDArray[np.bool_], lengths: NDArray[np.float64]) -> float:
    """The length that tells changed from unchanged texts best: the longest one of the unchanged side."""
    order = np.argsort(lengths, kind="stable")
    after = np.cumsum(changed[order][::-1])[::-1]
    totals = np.arange(len(order), 0, -1)
    scores = 2 * after / (totals + changed.sum())
    place = int(np.argmax(scores))
    return float(lengths[order[place - 1]]) if place else -1.0


def _lengths(texts: Sequence[Text]) -> NDArray[np.float64]:
    return np.array([len(text.text.encode()) for text in texts], dtype=float)


def long_texts(numbers: Numbered, snapshot: Snapshot) -> Mapping[str, object]:
    """The longest unchanged text that is shorter than the changed ones: its tokens, or else its words."""
    lengths = _lengths(numbers.texts)
    limit = _limit(numbers.changed, lengths)
    place = int(np.flatnonzero(lengths == limit)[0])
    text = numbers.texts[place]
    tokens = {record.text.id: record.tokens for record in snapshot.records}.get(text.id)
    if tokens is not None:
        return {"length": f"{tokens:,}", "unit": "tokens"}
    return {"length": f"{len(text.text.split()):,}", "unit": "words"}


def changed_scripts(numbers: Numbered) -> list[str]:
    """The scripts whose texts have changed."""
    return sorted(_changed_scripts(numbers.changed, numbers.texts))


def _changed_scripts(changed: NDArray[np.bool_], texts: Sequence[Text]) -> set[str]:
    found: dict[str, list[bool]] = {}
    for text, flag in zip(texts, changed, strict=True):
        found.setdefault(_script(text), []).append(bool(flag))
    shares = {script: sum(flags) / len(flags) for script, flags in found.items()}
    return {script for script, share in shares.items() if share >= ALL and script != LATIN}


def _script(text: Text) -> str:
    return script_of(text.text)
