"""What a run's verdicts mean for whoever asked: does each requirement stand, and with what code does the run end?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from conformance.contract import LEVELS
from conformance.engine import Outcome, RunResult, Verdict

from .baseline import Baseline, KnownFailure


class Standing(StrEnum):
    """How one requirement counts. ``known``: it fails, in a way that does not fail the run."""

    GOOD = "good"
    KNOWN = "known"
    BAD = "bad"
    OPEN = "open"


class Exit(IntEnum):
    """Exit codes, of pytest and of the command alike."""

    OK = 0
    NONCONFORMANT = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE = 4
    NOTHING_EXERCISED = 5


UNMET = frozenset({Verdict.FAIL, Verdict.BLOCKED, Verdict.INCONCLUSIVE})


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome with how it counts; ``why`` says so where the outcome's own reason does not."""

    outcome: Outcome
    standing: Standing
    why: str = ""
    known: KnownFailure | None = None


def judge_standing(outcome: Outcome, *, fail_level: str, baseline: Baseline, selected: bool = True) -> Judged:
    """How *outcome* counts in a run that *fail_level* and the levels above it fail.

    Of a requirement that was not *selected* a baseline's date says nothing.
    """
    known = baseline.get(outcome.requirement.id)
    failing = LEVELS.index(outcome.requirement.level) <= LEVELS.index(fail_level)
    if outcome.verdict is Verdict.ERROR:
        return Judged(outcome, Standing.BAD, "an error of the suite itself, not of the target", known)
    if outcome.verdict in UNMET:
        return _unmet(outcome, failing, known)
    if outcome.verdict is Verdict.PASS:
        if known is None:
            return Judged(outcome, Standing.GOOD)
        return Judged(
            outcome,
            Standing.BAD,
            f"stale: it passes now, take it out of the baseline ({known.reason})",
            known,
        )
    if known is not None and known.expired and selected:
        return Judged(outcome, Standing.BAD, _expired(known), known)
    return Judged(outcome, Standing.OPEN, known=known)


def _unmet(outcome: Outcome, failing: bool, known: KnownFailure | None) -> Judged:
    if known is not None and outcome.verdict is not Verdict.INCONCLUSIVE:
        if known.expired:
            return Judged(outcome, Standing.BAD, _expired(known), known)
        return Judged(outcome, Standing.KNOWN, f"known failure: {known.reason}", known)
    if not failing:
        return Judged(
            outcome,
            Standing.KNOWN,
            f"a {outcome.requirement.level.upper()}, below the level that fails",
            known,
        )
    return Judged(outcome, Standing.BAD, known=known)


def _expired(known: KnownFailure) -> str:
    return f"its baseline entry expired on {known.expires}: mend it, or give it a later date"


def exit_code(result: RunResult, judged: Mapping[str, Judged]) -> Exit:
    """The code that a run ends with which nobody interrupted; *judged* holds the selected requirements."""
    outcomes = [item.outcome for item in judged.values()]
    if any(outcome.verdict is Verdict.ERROR for outcome in outcomes):
        return Exit.INTERNAL_ERROR
    if any(item.standing is Standing.BAD for item in judged.values()):
        return Exit.NONCONFORMANT
    return Exit.OK if exercised(result) else Exit.NOTHING_EXERCISED


def exercised(result: RunResult) -> bool:
    """Whether anything was shown: a requirement passed, and if only credentials were, a set of each kind."""
    passed = [id for id in result.selected if result.outcomes[id].verdict is Verdict.PASS]
    if any(not id.startswith("auth.") for id in passed):
        return True
    met = {id for id, outcome in result.outcomes.items() if outcome.verdict is Verdict.PASS}
    accepted = any(id.startswith("auth.accept.") for id in met)
    refused = any(id.startswith(("auth.refuse.", "auth.secret.")) for id in met)
    return bool(passed) and accepted and refused


def overall(result: RunResult) -> str:
    """The verdict on the target: ``conformant``, ``nonconformant`` where a MUST fails, or ``partial``.

    What was not tested, or could not be judged, is not held against the target. A baseline changes nothing here: what
    is known to fail fails.
    """
    musts = [outcome.verdict for outcome in result.outcomes.values() if outcome.requirement.level == "must"]
    if Verdict.FAIL in musts:
        return "nonconformant"
    return "conformant" if musts and all(verdict is Verdict.PASS for verdict in musts) else "partial"


def deselect(result: RunResult) -> RunResult:
    """*result* with what ran only as a prerequisite marked as not selected, unless it failed and so blocks others."""
    chosen = {*result.selected, *(result.outcomes[id].blocked_by for id in result.selected)}
    outcomes = {
        id: outcome
        if id in chosen
        else replace(outcome, verdict=Verdict.NOT_TESTED, reason="not selected", evidence=())
        for id, outcome in result.outcomes.items()
    }
    return replace(result, outcomes=outcomes)
