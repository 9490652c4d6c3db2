"""Area ``meaning``: vectors of every requested length come from the same model, and have the same norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.generators.sample_texts import sample_text
from conformance.validation.embeddings import NORM, SAME, Vector, cosine

LENGTHS = (7, 33, 64, 128, 129, 256, 384, 511, 512, 768, 1024, 1536)
"""The lengths that clients and indices use most, and odd ones. A model returns some of them."""

TOKEN_LENGTHS = (33, 64, 256, 512)
"""The lengths of the vector of a token array."""

TEXT = sample_text(86, 6)
TOKENS = (104, 111, 117, 115, 101)

ENOUGH = 3
"""So many vectors with a trait, and most of all, show the method of the target."""


@dataclass(frozen=True)
class Group:
    """The requests for one input: its full vector, and vectors of requested lengths."""

    whole: Probe
    sized: tuple[Probe, ...]


@dataclass(frozen=True)
class Shortened:
    """A vector of a requested length, and the full vector of the same input."""

    result: ProbeResult
    vector: Vector
    full: Vector

    @property
    def similarity(self) -> float:
        """The cosine similarity of the vector and the beginning of the full one, or of that and its beginning."""
        size = min(self.vector.size, self.full.size)
        return cosine(self.vector[:size], self.full[:size])

    @property
    def scales(self) -> tuple[float, float]:
        """The norm, divided by that of the full vector and by that of the beginning of the full vector.

        A target that scales shortened vectors again has the same first value for all, another one the second.
        """
        norm, whole = float(np.linalg.norm(self.vector)), float(np.linalg.norm(self.full))
        beginning = float(np.linalg.norm(self.full[: self.vector.size]))
        return norm / max(whole, 1e-12), norm / max(beginning, 1e-12)


def _requested_lengths(context: Context, requirement: Requirement) -> Check:
    groups = list(_groups(context)) or [
        Group(context.input_probe("a text", TEXT), ())
    ]  # which states why not
    probes = [probe for group in groups for probe in (group.whole, *group.sized)]

    @judges_all("a 4xx, or a vector that is shortened in the same way as the vectors of most other lengths")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        unmet = [found for result in results if (found := meets_expectation(result)) is not None]
        yield from unmet
        shortened = list(_shortened(context, groups, results))
        accepted = [result for result in results if result.exchange.succeeded]
        if accepted and not any(context.answers.of(result.exchange).vectors for result in accepted):
            raise NothingToJudge("no response has a vector to compare")
        if not unmet and len(shortened) < ENOUGH:
            raise NotObservable(f"the target returns vectors of fewer than {ENOUGH} requested lengths")
        others = [one for one in shortened if one.similarity < SAME]
        if _is_method(len(shortened) - len(others), len(others)):
            yield from map(_of_another_model, others)
        yield from _of_another_scale([one for one in shortened if one.vector.size != one.full.size])

    return Check(requirement, tuple(probes), judge, context.needs_of("a"))


def _groups(context: Context) -> Iterator[Group]:
    for value, lengths in ((TEXT, LENGTHS), (list(TOKENS), TOKEN_LENGTHS)):
        if not context.can_send(value):
            continue
        what = "a text" if isinstance(value, str) else "a token array"
        options = [(length, context.roles.named(dimensions=length)) for length in lengths]
        allowed = [(length, option) for length, option in options if context.can_send(value, **option)]
        yield Group(
            context.input_probe(what, value, occurrence="requested lengths"),
            tuple(
                replace(
                    context.input_probe(f"{length} numbers of {what}", value, **option), expect=Expect.EITHER
                )
                for length, option in allowed or options  # without an allowed one, the first states why
            ),
        )


def _shortened(
    context: Context, groups: Sequence[Group], results: Sequence[ProbeResult]
) -> Iterator[Shortened]:
    """The vectors of requested lengths that can be compared with the full one."""
    answers = {result.probe.key: (result, context.answers.of(result.exchange)) for result in results}
    read = {key: (result, answer.vectors[0]) for key, (result, answer) in answers.items() if answer.vectors}
    for group in groups:
        if group.whole.key in read:
            _, full = read[group.whole.key]
            yield from (Shortened(*read[p.key], full) for p in group.sized if p.key in read)


def _is_method(number: int, others: int) -> bool:
    """Whether a trait that *number* vectors have, and *others* do not have, is the method of the target."""
    return number >= max(ENOUGH, others + 1)


def _of_another_model(one: Shortened) -> Evidence:
    expected = "the beginning of the full vector, as for most lengths"
    found = f"a vector with a cosine similarity of {one.similarity:.4f} to it"
    return evidence(one.result, expected, found=found, compared=(one.result,))


def _of_another_scale(shortened: Sequence[Shortened]) -> Iterator[Evidence]:
    """Evidence for the vectors whose scale is not that of most, by the method that explains most of them."""
    best: list[tuple[Shortened, float, float]] | None = None
    for method in range(2):
        scales = [one.scales[method] for one in shortened]
        usual = median(scales) if scales else 1.0
        others = [
            (one, usual, scale)
            for one, scale in zip(shortened, scales, strict=True)
            if abs(scale - usual) > NORM * max(scale, usual)
        ]
        best = others if best is None or len(others) < len(best) else best
    if best and _is_method(len(shortened) - len(best), len(best)):
        for one, usual, scale in best:
            expected = (
                f"{usual:.3f} times the norm of the full vector or of its beginning, as for most lengths"
            )
            yield evidence(one.result, expected, found=f"{scale:.3f} times that norm", compared=(one.result,))


CHECKS: Makers = {"meaning.requested-lengths": _requested_lengths}
