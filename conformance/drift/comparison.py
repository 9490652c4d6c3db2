"""Compare each text's vectors, in each form, with a snapshot, and say what that means for stored vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from statistics import mean, median

import numpy as np

from .distances import cosine_distance, double_precision, is_equal, norm_difference
from .forms import Form, Grade
from .neighbors import compare_neighbors
from .observation import Numbers, Observation
from .snapshot import Record, Snapshot

FLOOR = 2e-4
"""The distance (1 minus the cosine) that 16-bit arithmetic and other batches explain, in any target."""

NORM_FLOOR = 5e-3
"""The same for the relative difference of norms."""

TIMES = 3.0
"""The target's own noise is multiplied with this: a few repetitions do not show its greatest value."""

CAP = 2e-3
"""No noise explains a greater distance: a target with more has two models, or a fault."""

NORM_CAP = 2e-2
"""The same for the relative difference of norms."""

KEPT = 0.9
"""The least mean share of kept neighbors with which an index survives."""

KEPT_OF_KIND = 0.8
"""The same for each kind of texts."""

KEPT_OF_TEXT = 0.5
"""A text that keeps fewer of its neighbors is lost in the index."""

MAX_LOST = 1
"""Lost texts with which an index survives."""

FEW = 3
"""Texts of a kind from which its mean counts."""

ALONE = 0.99
"""The least cosine with which a vector without neighbors fits."""


@dataclass(frozen=True, slots=True)
class Change:
    """How the vector of a text in a form differs from the recorded one.

    ``distance`` is 1 minus the cosine, ``norm`` the relative difference of norms: the greatest of all responses for the
    text. ``kept`` is the share of its nearest texts that are still near, ``before`` and ``after`` are the ids of these.
    ``responses``: the distance of each response.
    """

    record: Record
    form: Form
    distance: float
    norm: float
    equal: bool
    fits: bool
    responses: tuple[float, ...]
    kept: float = 1.0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of the text."""
        return self.record.text.id


@dataclass(frozen=True)
class FormChanges:
    """The changes of all texts in one form. ``lengths`` are the lengths of the vectors, ``expected`` the recorded one.

    ``missing`` are the ids of the texts that have a recorded vector, and were requested, but have no readable one now.
    """

    form: Form
    changes: tuple[Change, ...]
    lengths: frozenset[int]
    expected: int
    missing: tuple[str, ...] = ()

    @cached_property
    def grade(self) -> Grade:
        """How much the vectors differ."""
        if self.lengths - {self.expected} or self.missing:
            return Grade.RE_EMBED
        if all(change.equal for change in self.changes):
            return Grade.IDENTICAL
        if all(change.fits for change in self.changes):
            return Grade.NOISE
        return Grade.COMPATIBLE if self.keeps_neighbors else Grade.RE_EMBED

    @property
    def kept(self) -> float:
        """The mean share of kept neighbors, from 0 to 1."""
        return mean(change.kept for change in self.changes) if self.changes else 0.0

    @property
    def keeps_neighbors(self) -> bool:
        """Whether an index survives: overall, for each kind of text, and for nearly each text."""
        lost = sum(change.kept < KEPT_OF_TEXT for change in self.changes)
        of_kinds = (mean(shares) for shares in self.kept_by_kind.values() if len(shares) >= FEW)
        return self.kept >= KEPT and lost <= MAX_LOST and all(share >= KEPT_OF_KIND for share in of_kinds)

    @property
    def kept_by_kind(self) -> Mapping[str, Sequence[float]]:
        """The shares of kept neighbors by kind of text."""
        found = defaultdict(list)
        for change in self.changes:
            found[change.record.text.kind].append(change.kept)
        return found

    @property
    def worst(self) -> Change | None:
        """The text that has changed most."""
        return max(self.changes, key=lambda change: (change.distance, change.norm), default=None)


@dataclass(frozen=True, repr=False)
class Comparison:
    """A snapshot, an observation, and the changes in each form that was observed."""

    snapshot: Snapshot
    observation: Observation
    forms: Mapping[Form, FormChanges]
    tolerance: float

    @property
    def grade(self) -> Grade:
        """The worst grade of all forms."""
        return max((changes.grade for changes in self.forms.values()), default=Grade.RE_EMBED)


def compare_snapshot(
    snapshot: Snapshot, observation: Observation, tolerance: float | None = None
) -> Comparison:
    """Compare an *observation* with a *snapshot*.

    *tolerance* is the user's greatest distance (1 minus the cosine) that counts as noise; by default, it follows from
    the noise of both sides.
    """
    forms = [form for form in Form if observation.vectors[form] or observation.unread[form]]
    limit = tolerance if tolerance is not None else _noise_of(snapshot, observation)
    changes = {form: _changes(snapshot, observation, form, limit) for form in forms}
    return Comparison(snapshot, observation, changes, limit)


def _noise_of(snapshot: Snapshot, observation: Observation) -> float:
    """The greatest distance that the noise of both sides explains.

    The noise now is that of the two most similar responses for a text: if a target has two models in turn, two of three
    responses are from the same one.
    """
    recorded = max((max(r.noise, r.batch_noise) for r in snapshot.records), default=0.0)
    repeated = [
        min(cosine_distance(one, other) for one, other in combinations(found, 2))
        for found in observation.vectors[Form.SINGLE].values()
        if len(found) > 2
    ]
    now = median(repeated) if repeated else 0.0
    return min(CAP, max(FLOOR, TIMES * recorded, TIMES * now))


def _changes(snapshot: Snapshot, observation: Observation, form: Form, tolerance: float) -> FormChanges:
    short = form is Form.DIMENSIONS
    recorded: Mapping[str, Numbers] = snapshot.shortened if short else snapshot.vectors
    found = {id: vectors for id, vectors in observation.vectors[form].items() if id in recorded}
    lengths = frozenset(vector.size for vectors in found.values() for vector in vectors)
    records = [record for record in snapshot.records if record.text.id in found]
    changes = tuple(
        _with_neighbors(
            [_change(r, form, recorded[r.text.id], found[r.text.id], tolerance) for r in records],
            recorded,
            found,
        )
    )
    missing = tuple(sorted((observation.unread[form] & recorded.keys()) - found.keys()))
    expected = snapshot.dimensions if short else snapshot.length
    return FormChanges(form, changes, lengths, expected or 0, missing)


def _change(record: Record, form: Form, old: Numbers, found: Sequence[Numbers], tolerance: float) -> Change:
    distances = tuple(cosine_distance(old, new) for new in found)
    norms = [norm_difference(old, new) for new in found]
    norm_limit = max(tolerance, min(NORM_CAP, max(NORM_FLOOR, TIMES * record.norm_noise)))
    fits = max(distances) <= tolerance and max(norms) <= norm_limit
    equal = all(is_equal(old, new) for new in found)
    return Change(record, form, max(distances), max(norms), equal, fits, distances)


def _with_neighbors(
    changes: Sequence[Change], recorded: Mapping[str, Numbers], found: Mapping[str, Sequence[Numbers]]
) -> Iterator[Change]:
    """*changes* with the neighbors of each text; without any if all fit, or some cannot be compared."""
    if all(change.fits for change in changes):
        yield from changes
        return
    usable = [change for change in changes if change.distance < 2.0]
    if len(usable) < len(changes) or len(usable) < FEW:
        for change in changes:
            yield replace(change, kept=1.0 if 1 - change.distance >= ALONE else 0.0)
        return
    index = [*recorded]
    rows = [index.index(change.id) for change in usable]
    worst = [double_precision(found[c.id][c.responses.index(c.distance)]) for c in usable]
    neighbors = compare_neighbors(
        np.array([double_precision(recorded[id]) for id in index]), rows, np.array(worst)
    )
    for place, change in enumerate(usable):
        yield replace(
            change,
            kept=float(neighbors.shares[place]),
            before=tuple(index[row] for row in neighbors.before[place]),
            after=tuple(index[row] for row in neighbors.after[place]),
        )
