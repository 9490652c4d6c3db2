"""Standings: how each verdict counts for the exit code. Some options and the baseline decide this.

The standing of a requirement says whether it is met, makes the run fail, fails without this effect, or was not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.contract import LEVELS
from conformance.engine import Outcome, RunResult, Verdict
from conformance.exit_codes import Exit

from .baseline import Baseline, KnownFailure


class Standing(StrEnum):
    """How the verdict on a requirement counts for the exit code.

    ``good``: it passed. ``bad``: it makes the run fail. ``known``: it fails, but does not make the run fail, because it
    is in the baseline or below the failing level. ``open``: it was not judged (unsupported or not tested).
    """

    GOOD = "good"
    KNOWN = "known"
    BAD = "bad"
    OPEN = "open"


NOT_FAILING = {
    "should": "a SHOULD makes the run fail only with the option level: should",
    "may": "a MAY does not make the run fail",
}
"""The notes on failures of levels that do not make the run fail."""

UNMET = frozenset({Verdict.FAIL, Verdict.BLOCKED, Verdict.INCONCLUSIVE})


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome and its standing; ``note`` explains the standing if the outcome's own reason does not."""

    outcome: Outcome
    standing: Standing
    note: str = ""
    known: KnownFailure | None = None


def judge_standing(
    outcome: Outcome,
    *,
    fail_level: str,
    fail_on: Collection[str] = (),
    baseline: Baseline,
    selected: bool = True,
    newer: Collection[str] = (),
    updated: bool = False,
) -> Judged:
    """The standing of *outcome* in a run that fails for requirements of *fail_level* and higher levels.

    If there are severities in *fail_on*, the run fails only for requirements with one of them.
    *newer* are the ids of requirements that do not make the run fail, because they are newer than the version that the
    option `catalogue` gives. An expired baseline entry counts only for a *selected* requirement. *updated*: the run
    updates the baseline.
    """
    known = baseline.get(outcome.requirement.id)
    level, severity = outcome.requirement.level, outcome.requirement.severity
    note = NOT_FAILING[level] if LEVELS.index(level) > LEVELS.index(fail_level) else ""
    if fail_on and severity not in fail_on:
        note = f"its severity ({severity}) is not in the option fail-on"
    if not {outcome.requirement.id, outcome.blocked_by}.isdisjoint(newer):
        note = "a requirement that is newer than the selected version of the catalogue does not make the run fail"
    if outcome.verdict is Verdict.ERROR:
        return Judged(outcome, Standing.BAD, "internal error in the suite (not a fault of the target)", known)
    if outcome.verdict in UNMET:
        return _unmet(outcome, note, known)
    if outcome.verdict is Verdict.PASS:
        if known is None:
            return Judged(outcome, Standing.GOOD)
        if outcome.is_reduced:
            note = f"it passed with few requests; the baseline entry remains (its reason: {known.reason})"
            return Judged(outcome, Standing.GOOD, note, known)
        fix = "removed from the baseline" if updated else "remove it"
        return Judged(
            outcome,
            Standing.BAD,
            f"stale baseline entry: it passes now; {fix} (its reason: {known.reason})",
            known,
        )
    if known is not None and known.expired and selected:
        return Judged(outcome, Standing.BAD, _expired(known), known)
    return Judged(outcome, Standing.OPEN, known=known)


def _unmet(outcome: Outcome, not_failing: str, known: KnownFailure | None) -> Judged:
    """*not_failing* says why the outcome does not make the run fail; empty if it does."""
    if known is not None and outcome.verdict is not Verdict.INCONCLUSIVE:
        if known.expired:
            return Judged(outcome, Standing.BAD, _expired(known), known)
        return Judged(outcome, Standing.KNOWN, f"known failure: {known.reason}", known)
    if not_failing:
        return Judged(outcome, Standing.KNOWN, not_failing, known)
    return Judged(outcome, Standing.BAD, known=known)


def _expired(known: KnownFailure) -> str:
    return f"the baseline entry expired on {known.expires}: fix the failure or set a later date"


def exit_code(result: RunResult, judged: Mapping[str, Judged]) -> Exit:
    """The exit code of a run that ended by itself or by its time limit; *judged* are the selected requirements."""
    outcomes = [item.outcome for item in judged.values()]
    if any(outcome.verdict is Verdict.ERROR for outcome in outcomes):
        return Exit.INTERNAL_ERROR
    if any(item.standing is Standing.BAD for item in judged.values()):
        return Exit.NONCONFORMANT
    if result.out_of_time:
        return Exit.INTERRUPTED
    return Exit.OK if was_exercised(result) else Exit.NOTHING_EXERCISED


def was_exercised(result: RunResult) -> bool:
    """Whether a selected requirement passed.

    If only requirements of area auth passed, one set of credentials must have been accepted and one rejected.
    """
    passed = [id for id in result.selected if result.outcomes[id].verdict is Verdict.PASS]
    if any(not id.startswith("auth.") for id in passed):
        return True
    met = {id for id, outcome in result.outcomes.items() if outcome.verdict is Verdict.PASS}
    accepted = any(id.startswith("auth.accept.") for id in met)
    rejected = any(id.startswith(("auth.reject.", "auth.secret.")) for id in met)
    return bool(passed) and accepted and rejected


def overall_verdict(result: RunResult) -> str:
    """The verdict on the target: ``conformant``, ``nonconformant`` (a MUST failed) or ``partial``.

    A MUST that was not tested or not judged makes it ``partial``. The baseline has no effect: a known failure is a
    failure.
    """
    musts = [outcome.verdict for outcome in result.outcomes.values() if outcome.requirement.level == "must"]
    if Verdict.FAIL in musts:
        return "nonconformant"
    return "conformant" if musts and all(verdict is Verdict.PASS for verdict in musts) else "partial"


def deselect_prerequisites(result: RunResult) -> RunResult:
    """*result* with every requirement that ran only as a prerequisite set to not-tested.

    A prerequisite that blocks a selected requirement keeps its outcome.
    """
    chosen = {*result.selected, *(result.outcomes[id].blocked_by for id in result.selected)}
    outcomes = {
        id: outcome
        if id in chosen
        else replace(outcome, verdict=Verdict.NOT_TESTED, reason="not selected", evidence=())
        for id, outcome in result.outcomes.items()
    }
    return replace(result, outcomes=outcomes)
