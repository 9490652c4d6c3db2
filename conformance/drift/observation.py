"""The vectors that a target returned for texts, in each form, and the tokens that it counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .forms import Form

Numbers = NDArray[np.float32]
"""A vector as it was returned, shape (length,). It may contain NaN and infinity."""


@dataclass(repr=False)
class Observation:
    """What a target returned. Its vectors are not in its representation: asyncio shows the result of each task.

    ``vectors``: by form and id of the text, the vectors of all its responses, in the order of the requests.
    ``tokens``: the prompt tokens of a text alone. ``rejected``: the status of the response that rejected a text alone.
    ``unread``: by form, the ids of the texts whose response has no vector that can be read.
    ``model``: the model that responses name, or None.
    """

    vectors: dict[Form, dict[str, list[Numbers]]] = field(default_factory=lambda: defaultdict(dict))
    tokens: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    unread: dict[Form, set[str]] = field(default_factory=lambda: defaultdict(set))
    model: str | None = None

    def add(self, form: Form, ids: Sequence[str], vectors: Sequence[Numbers | None] | None) -> None:
        """Add the *vectors* of one response to a request for the texts *ids*; None for one that cannot be read."""
        found = vectors if vectors is not None and len(vectors) == len(ids) else [None] * len(ids)
        for id, vector in zip(ids, found, strict=True):
            if vector is None:
                self.unread[form].add(id)
            else:
                self.vectors[form].setdefault(id, []).append(vector)
