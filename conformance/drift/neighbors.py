"""The texts that are most similar to each text, by the recorded vectors and by the new ones.

An index that survives holds old vectors, and new ones of texts that were added later. So a new vector is compared with
a mixture: the old vector of every other text, and the new vector of the rest. The order of cosines and that of inner
products must both stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

NEAREST = 10
"""The number of nearest texts."""

MARGIN = 0.005
"""The difference of similarities, relative to squared norms, up to which two texts are equally near."""


@dataclass(frozen=True, slots=True)
class Neighbors:
    """For each compared text: the share of the nearest texts that are still near, from 0 to 1.

    ``before`` and ``after`` are the rows of the nearest ones in the index by cosine, the nearest first.
    """

    shares: NDArray[np.float64]
    before: Sequence[Sequence[int]]
    after: Sequence[Sequence[int]]


def compare_neighbors(index: Matrix, rows: Sequence[int], new: Matrix) -> Neighbors:
    """Compare the *new* vectors of some *rows* with the *index*, the old vectors of all texts.

    Both have the shape (texts, length), and no vectors that are zero or not finite. With fewer than three texts in the
    index, there are no neighbors, and all shares are 1.
    """
    count = min(NEAREST, (len(index) - 1) // 2)
    if count < 1:
        return Neighbors(np.ones(len(rows)), [()] * len(rows), [()] * len(rows))
    cosines = _Similarities(_units(index), rows, _units(new), MARGIN)
    size = float(np.median((index * index).sum(axis=1)))
    products = _Similarities(index, rows, new, MARGIN * size)
    shares = np.minimum(cosines.kept(count), products.kept(count))
    return Neighbors(shares, cosines.nearest_before(count).tolist(), cosines.nearest_after(count).tolist())


def _units(vectors: Matrix) -> Matrix:
    units: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units


class _Similarities:
    """The similarities of some texts with all others: in the old index, and with new vectors in a mixed one."""

    def __init__(self, index: Matrix, rows: Sequence[int], new: Matrix, margin: float) -> None:
        mixed = index.copy()
        mixed[rows[1::2]] = new[1::2]
        self._before, self._after, self._margin = index[rows] @ index.T, new @ mixed.T, margin
        for similarities in (self._before, self._after):
            similarities[np.arange(len(rows)), rows] = -np.inf

    def nearest_before(self, count: int) -> NDArray[np.intp]:
        """The rows of the nearest texts, shape (texts, count)."""
        return np.argsort(-self._before, axis=1, kind="stable")[:, :count]

    def nearest_after(self, count: int) -> NDArray[np.intp]:
        """The same for the new vectors in the mixed index."""
        return np.argsort(-self._after, axis=1, kind="stable")[:, :count]

    def kept(self, count: int) -> NDArray[np.float64]:
        """For each text, the share of the nearest ones before that are among the nearest after, or equally near."""
        least = np.sort(self._after, axis=1)[:, -count] - self._margin
        kept = np.take_along_axis(self._after, self.nearest_before(count), axis=1) >= least[:, None]
        shares: NDArray[np.float64] = kept.mean(axis=1)
        return shares
