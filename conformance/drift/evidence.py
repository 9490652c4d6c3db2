"""The vectors in which symptoms are searched: recorded and new ones of the same texts, and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .comparison import Change, Comparison
from .corpus import Text
from .distances import double_precision
from .forms import Form
from .observation import Numbers

Matrix = NDArray[np.float64]

SIMILAR = 0.5
"""The least cosine of the recorded vectors of two similar texts."""

LEAST_PAIRS = 5
"""Similar texts from which their mean counts."""


@dataclass(frozen=True)
class Numbered:
    """The recorded and the new vectors of the texts that have both, in one form."""

    texts: Sequence[Text]
    old: Sequence[Numbers]
    new: Sequence[Numbers]
    changes: Sequence[Change]

    @classmethod
    def of(cls, comparison: Comparison, form: Form) -> Numbered:
        """Those of a *comparison*: the first response of each text."""
        recorded = comparison.snapshot.shortened if form is Form.DIMENSIONS else comparison.snapshot.vectors
        found = comparison.forms[form].changes if form in comparison.forms else ()
        now = comparison.observation.vectors[form]
        return cls(
            [change.record.text for change in found],
            [recorded[change.id] for change in found],
            [now[change.id][0] for change in found],
            found,
        )

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def changed(self) -> NDArray[np.bool_]:
        """Whether the vector of each text has changed beyond noise."""
        return np.array([not change.fits for change in self.changes], dtype=bool)

    @cached_property
    def can_compare(self) -> bool:
        """Whether all vectors have the same length, and can be compared."""
        sizes = {vector.size for vector in (*self.old, *self.new)}
        usable = all(np.isfinite(v).all() and v.any() and np.abs(v).max() < 1e15 for v in self.new)
        return len(self) > 1 and len(sizes) == 1 and usable

    @cached_property
    def old_units(self) -> Matrix:
        """The recorded vectors with norm 1, shape (texts, length)."""
        return _units(self.old)

    @cached_property
    def new_units(self) -> Matrix:
        """The new vectors with norm 1, shape (texts, length)."""
        return _units(self.new)

    @cached_property
    def distances(self) -> Matrix:
        """1 minus the cosine of each text's vectors, shape (texts,)."""
        found: Matrix = 1 - (self.old_units * self.new_units).sum(axis=1)
        return found

    @cached_property
    def shift(self) -> float:
        """The part of all changes that is the same for all texts, from 0 to 1."""
        moved = self.new_units - self.old_units
        mean, total = moved.mean(axis=0), float((moved * moved).sum())
        return len(moved) * float(mean @ mean) / total if total else 0.0

    @cached_property
    def order(self) -> float:
        """The rank correlation of lengths of texts and changes, from -1 to 1: below 0 if short texts change most."""
        lengths = np.array([len(text.text.encode()) for text in self.texts], dtype=float)
        return _rank_correlation(lengths, self.distances)

    @cached_property
    def likeness(self) -> float:
        """The mean cosine of the changes of similar texts: near 0 if each text has its own, random error."""
        similarities = self.old_units @ self.old_units.T
        upper = np.triu(similarities, 1) > SIMILAR
        if upper.sum() < LEAST_PAIRS:
            return 0.0
        moved = self.new_units - self.old_units
        norms = np.linalg.norm(moved, axis=1, keepdims=True)
        units = moved / np.where(norms > 0, norms, 1.0)
        return float((units @ units.T)[upper].mean())

    @cached_property
    def among(self) -> float:
        """The mean difference of the similarities of all pairs of texts, before and after."""
        before, after = self.old_units @ self.old_units.T, self.new_units @ self.new_units.T
        return float(np.abs(before - after).mean())


def _units(vectors: Sequence[Numbers]) -> Matrix:
    stacked = np.array([double_precision(vector) for vector in vectors])
    units: Matrix = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    return units


def _rank_correlation(one: Matrix, other: Matrix) -> float:
    """Spearman's rank correlation; 0 if one of them is constant."""
    first, second = (np.argsort(np.argsort(values, kind="stable")).astype(float) for values in (one, other))
    if len(first) < 3 or not (np.ptp(one) and np.ptp(other)):
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
