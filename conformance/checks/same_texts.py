"""Compares each vector of a run with the first one of the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.engine import Evidence, Moment, Probe
from conformance.http_client import Exchange
from conformance.text import counted
from conformance.validation.embeddings import ResponseVectors, describe_difference, same_vector

from .comparable_requests import ComparableRequest

SHORTEST = 8
"""Numbers of a vector that is compared: in a shorter one, noise can change each number."""

MAX_BYTES = 16 * 2**20
"""Bytes of the first vectors that are kept. The vectors of further texts are not compared."""

MAX_DIFFERENCES = 10
"""Responses with another vector that are kept."""

STEADY = 500
"""Repeated vectors that are all right, after which the first wrong one is a change of the target."""

EXPECTED = "in each response, the vector of the first response to the same text"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the run: its first vector, and when that was requested."""

    vector: NDArray[np.floating[Any]]
    first: Moment


@dataclass(frozen=True, slots=True)
class Difference:
    """A response with another vector than the first one of the same text, which was requested at ``first``."""

    first: Moment
    found: str
    moment: Moment
    exchange: Exchange
    probe: Probe


class SameTexts:
    """The texts of a run, and the responses with another vector than the first one of the same text."""

    def __init__(self) -> None:
        self._texts: dict[bytes, Text] = {}
        self._differences: list[Difference] = []
        self._bytes = self._repeats = self._different = 0
        self.change: Probe | None = None
        """The first probe with another vector, if many repeated vectors before it were right."""

    def observe(
        self,
        exchange: Exchange,
        vectors: ResponseVectors | None,
        sent: ComparableRequest,
        probe: Probe,
        moment: Moment,
    ) -> bool:
        """Compare the *vectors* of a response with earlier ones of the same texts; whether one of them differs."""
        differs = False
        if vectors is None or vectors.size < SHORTEST:
            return differs
        keys = sent.text_keys(vectors.size)
        for place, vector in vectors.kept.items():
            if place < len(keys):
                text = self._texts.get(keys[place])
                if text is None:
                    self._add(keys[place], Text(vector, moment))
                elif found := self._difference(text, vector):
                    differs = True
                    self._record(Difference(text.first, found, moment, exchange, probe))
        return differs

    def evidence(self) -> Sequence[Evidence]:
        """Evidence for the first responses with another vector."""
        count = f"{self._different:,} of {counted(self._repeats, 'repeated vector')} of the run differ"
        return [
            Evidence(
                EXPECTED,
                f"another vector in {one.moment} ({one.found}); the first vector is that of {one.first}; {count}",
                one.exchange,
                one.probe.description,
            )
            for one in self._differences
        ]

    def _add(self, key: bytes, text: Text) -> None:
        self._bytes += text.vector.nbytes
        if self._bytes <= MAX_BYTES:
            self._texts[key] = text

    def _difference(self, text: Text, vector: NDArray[np.floating[Any]]) -> str:
        """How *vector* differs from the first one of *text*; empty if it is the same."""
        one, other = text.vector.astype(np.float64), vector.astype(np.float64)
        self._repeats += 1
        return "" if same_vector(one, other) else describe_difference(one, other)

    def _record(self, difference: Difference) -> None:
        if not self._different and self._repeats > STEADY:
            self.change = difference.probe
        self._different += 1
        if len(self._differences) < MAX_DIFFERENCES:
            self._differences.append(difference)
