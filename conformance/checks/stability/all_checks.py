"""A check for each requirement of area ``stability``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import check_or_skipped
from conformance.contract import Requirement
from conformance.drift import Comparison, Form, Grade, Snapshot
from conformance.drift.comparison import KEPT, KEPT_OF_KIND, Change, FormChanges
from conformance.drift.truncation import LONG, truncation_lengths
from conformance.engine import (
    Check,
    Evidence,
    Judge,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    Remark,
    judges_all,
)
from conformance.text import counted

from .probes import StabilityProbes
from .study import Study

SNAPSHOT = "snapshot"
"""The condition under which the area is tested: the user gave a snapshot."""

SHOWN = 5
"""Texts that a failure shows."""

Finding = Callable[[Study, Comparison, "Results"], Iterator[Evidence]]
"""Finds the evidence in a comparison."""


class Results:
    """Results by form and text, to show them as evidence."""

    def __init__(self, study: Study, results: Sequence[ProbeResult]) -> None:
        self._found: dict[tuple[Form, str], list[ProbeResult]] = {}
        for result in results:
            form, texts = study.probes.asked[result.probe.key]
            for text in texts:
                self._found.setdefault((form, text.id), []).append(result)

    def of(self, change: Change) -> ProbeResult:
        """The result with the greatest change."""
        found = [r for r in self._found[change.form, change.id] if r.exchange.succeeded]
        place = change.responses.index(change.distance)
        return found[min(place, len(found) - 1)]

    def of_text(self, form: Form, id: str) -> ProbeResult:
        """The first result for a text."""
        return self._found[form, id][0]


def stability_checks(context: Context, study: Study) -> Iterator[Check]:
    """A check for each requirement on the vectors of a snapshot."""
    for requirement in context.contract.catalogue.values():
        if requirement.area == "stability":
            yield check_or_skipped(requirement, partial(_check, context, study, requirement))


def expected_of(id: str) -> str:
    """What the requirement *id* of this area accepts, in words."""
    return CHECKS[id][0]


def study_of(context: Context, snapshot: Snapshot, tolerance: float | None) -> Study:
    """The study of a run: without results yet."""
    return Study(snapshot, StabilityProbes(context, snapshot), context.answers, tolerance)


def _check(context: Context, study: Study, requirement: Requirement) -> Check:
    expected, form, find = CHECKS[requirement.id]
    if reason := _not_recorded(study.snapshot, form):
        return Check.skipped(requirement, untestable=reason)
    probes = study.probes.of(form)
    if not probes:
        return Check.skipped(requirement, untestable="the contract allows none of the recorded texts")
    several = form is not Form.SINGLE and context.takes_batches
    needs = context.needs_of("a", ["a"]) if several else context.needs_of("a")
    return Check(requirement, probes, _judge(study, expected, form, find), needs, has_canary=False)


def _not_recorded(snapshot: Snapshot, form: Form) -> str:
    """Why the snapshot has nothing to compare with in this form; empty if it has."""
    match form:
        case Form.DIMENSIONS if not snapshot.shortened:
            return "the snapshot has no shortened vectors"
        case Form.BASE64 if Form.BASE64 not in snapshot.encodings:
            return "the recorded target did not support base64"
        case Form.BATCH if snapshot.batch < 2:
            return "the recorded target did not support batches"
    return ""


def _judge(study: Study, expected: str, form: Form, find: Finding) -> Judge:
    @judges_all(expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        comparison = study.compare(results)
        if all(400 <= result.exchange.status < 500 for result in results):
            raise NotObservable(f"the server rejects all requests ({results[0].probe.description} and so on)")
        if form not in comparison.forms or not comparison.observation.vectors[form]:
            raise NothingToJudge("no response has vectors that can be compared")
        yield from find(study, comparison, Results(study, results))

    return judge


def _lengths(_: Study, comparison: Comparison, results: Results) -> Iterator[Evidence]:
    changes = comparison.forms[Form.SINGLE]
    for length in sorted(changes.lengths - {changes.expected})[:SHOWN]:
        vectors = comparison.observation.vectors[Form.SINGLE]
        id = next(id for id, found in vectors.items() if any(v.size == length for v in found))
        found = f"a vector with {counted(length, 'number')}"
        yield evidence(
            results.of_text(Form.SINGLE, id), f"vectors with {changes.expected:,} numbers", found=found
        )


def _vectors(study: Study, comparison: Comparison, results: Results, form: Form) -> Iterator[Evidence]:
    changes = comparison.forms[form]
    yield from _lost(study, changes, comparison, results)
    moved = sorted((c for c in changes.changes if not c.fits), key=lambda c: -c.distance)
    for change in moved[:SHOWN]:
        expected = (
            f"the recorded vector of the text {change.id}, up to a distance of {comparison.tolerance:.1g}"
        )
        yield evidence(results.of(change), expected, found=_difference(change, changes))
    if not moved and not changes.missing:
        worst = changes.worst
        least = (
            f": least cosine {1 - worst.distance:.6f}" if worst and changes.grade > Grade.IDENTICAL else ""
        )
        raise Remark(f"{counted(len(changes.changes), 'text')}, {changes.grade.words}{least}")


def _lost(study: Study, changes: FormChanges, comparison: Comparison, results: Results) -> Iterator[Evidence]:
    """Recorded texts whose response has no vector that can be read, or that are rejected now."""
    long = {record.text.id for record in study.snapshot.records if record.text.kind == LONG}
    gone = [*changes.missing]
    if changes.form is Form.SINGLE:
        gone += [id for id in comparison.observation.rejected if id not in long]
    for id in gone[:SHOWN]:
        yield evidence(results.of_text(changes.form, id), f"a vector of the recorded text {id}")


def _difference(change: Change, changes: FormChanges) -> str:
    if change.distance >= 2.0 and changes.lengths != {changes.expected}:
        return f"a vector with {counted(max(changes.lengths - {changes.expected}), 'number')}"
    if change.distance == 0:
        return f"the same direction with another norm: {change.norm:.2%} different"
    return f"a cosine similarity of {1 - change.distance:.6f}" + (
        f", and a norm that differs by {change.norm:.2%}" if change.norm > 1e-4 else ""
    )


def _neighbors(study: Study, comparison: Comparison, results: Results, form: Form) -> Iterator[Evidence]:
    changes = comparison.forms[form]
    if changes.grade is not Grade.RE_EMBED:
        return
    yield from _lost(study, changes, comparison, results)
    if changes.keeps_neighbors:
        return
    expected = (
        f"at least {KEPT:.0%} of the nearest recorded texts on average, and {KEPT_OF_KIND:.0%} of each kind"
    )
    for change in sorted(changes.changes, key=lambda c: (c.kept, -c.distance))[:SHOWN]:
        found = f"{change.kept:.0%} for the text {change.id}, {changes.kept:.0%} on average"
        yield evidence(results.of(change), expected, found=found)


def _tokens(study: Study, comparison: Comparison, results: Results) -> Iterator[Evidence]:
    recorded = {r.text.id: r.tokens for r in study.snapshot.records if r.tokens is not None}
    counts = {id: count for id, count in comparison.observation.tokens.items() if id in recorded}
    if not counts:
        raise NotObservable("the recorded or the new responses have no token counts")
    other = [id for id, count in counts.items() if count != recorded[id]]
    for id in other[:SHOWN]:
        found = f"{counts[id]:,}; {len(other)} of {counted(len(counts), 'text')} have another count"
        yield evidence(
            results.of_text(Form.SINGLE, id), f"{recorded[id]:,} prompt tokens, as recorded", found=found
        )


def _truncation(study: Study, comparison: Comparison, results: Results) -> Iterator[Evidence]:
    before, after = truncation_lengths(study.snapshot, comparison.observation)
    if not after:
        raise NotObservable("the snapshot has no long texts")
    # Noise alone makes the vectors of two equal texts differ: a length has changed only if vectors have.
    fits = {change.id for change in comparison.forms[Form.SINGLE].changes if change.fits}
    pairs = {record.text.id: record.text.pair for record in study.snapshot.records}
    moved = [id for id in after if after[id] is not before[id] and not {id, pairs[id]} <= fits]
    for id in moved[:SHOWN]:
        expected = f"the text {id} ({study.snapshot.words(id)} words) is {before[id].words}, as recorded"
        yield evidence(results.of_text(Form.SINGLE, id), expected, found=f"it is {after[id].words}")


def _both(form: Form, what: str) -> Mapping[str, tuple[str, Form, Finding]]:
    return {
        f"stability.vector.{form}": (
            f"the recorded vectors{what}, as far as noise allows",
            form,
            partial(_vectors, form=form),
        ),
        f"stability.neighbors.{form}": (
            f"the recorded nearest texts{what}",
            form,
            partial(_neighbors, form=form),
        ),
    }


CHECKS: Mapping[str, tuple[str, Form, Finding]] = {
    "stability.length": ("vectors of the recorded length", Form.SINGLE, _lengths),
    **_both(Form.SINGLE, ""),
    **_both(Form.BATCH, " in batches"),
    **_both(Form.BASE64, " in base64"),
    **_both(Form.DIMENSIONS, " with fewer numbers"),
    "stability.tokens": ("the recorded token counts", Form.SINGLE, _tokens),
    "stability.truncation": (
        "long texts are embedded, truncated or rejected as recorded",
        Form.SINGLE,
        _truncation,
    ),
}
"""By the id of a requirement: what it accepts in words, the form of its requests, and what finds evidence."""
