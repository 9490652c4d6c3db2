"""Recorded vectors, with the noise of the target that returned them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .corpus import Text
from .observation import Numbers

FORMAT = 1
"""The version of the file's format."""

KEY = "snapshot"
"""The member with the version, by which a file is recognized."""


MAX_NAME = 1000
"""Characters of the name of a model."""


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What was recorded for a text.

    ``vector`` is None if the target rejected it. ``noise`` is the greatest distance (1 minus the cosine) between the
    vector and any other response for the text alone, ``batch_noise`` the same in batches, ``norm_noise`` the greatest
    relative difference of norms.
    """

    text: Text
    vector: Numbers | None
    tokens: int | None = None
    noise: float = 0.0
    batch_noise: float = 0.0
    norm_noise: float = 0.0


@dataclass(frozen=True, repr=False)
class Snapshot:
    """The vectors of a target, with its own noise.

    ``length``: numbers in a vector. ``shortened``: by id, the vectors with ``dimensions`` numbers, if the target could
    shorten them. ``encodings``: those that it supported. ``batch``: texts in a batch, 1 without batches.
    ``model``: the model of the requests; ``reported``: the one that responses named.
    """

    suite: str
    model: str | None
    reported: str | None
    length: int
    records: tuple[Record, ...]
    dimensions: int | None = None
    shortened: Mapping[str, Numbers] = field(default_factory=dict)
    encodings: tuple[str, ...] = ()
    batch: int = 1

    def words(self, id: str) -> int:
        """The number of words of the text *id*."""
        return next(len(record.text.text.split()) for record in self.records if record.text.id == id)

    @property
    def vectors(self) -> dict[str, Numbers]:
        """The recorded vectors by the id of their text."""
        return {record.text.id: record.vector for record in self.records if record.vector is not None}
