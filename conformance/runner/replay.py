"""Send the failed requests of a saved report again, under the conditions under which they failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from conformance.config.options import Configuration
from conformance.engine import (
    ALONE,
    Evidence,
    Outcome,
    ProbeResult,
    RunResult,
    Verdict,
    describe_answer,
    recording_check,
)
from conformance.report import Attempt, Replayed, evidence_as_dict, requirement_row

from .inputs import load_inputs
from .prepare import Prepared, prepare_run
from .recorded_run import RecordedRun
from .replay_steps import STEPS, Step, is_shown

Row = Mapping[str, Any]

RELATIONAL = ("meaning", "state", "stability")
"""The areas whose requirements relate the responses to several requests."""

Execute = Callable[[Prepared], RunResult]
"""Executes a run, and waits for its end."""


@dataclass(frozen=True)
class Replay:
    """A replay of failures of the run *of*.

    Each step is a run, which ``execute`` executes. What fails in one step is not sent in the next one.
    """

    of: RecordedRun
    configuration: Configuration
    execute: Execute

    def send(self, failures: Sequence[Row]) -> Sequence[Replayed]:
        """Send the requests of *failures*, rows of the report, again. Raises UsageError."""
        catalogue = load_inputs(self.configuration).catalogue
        attempts: dict[str, list[Attempt]] = {
            failure["id"]: [] for failure in failures if failure["id"] in catalogue
        }
        for step in STEPS:
            waiting = [f for f in failures if f["id"] in attempts and _needs(step, f, attempts[f["id"]])]
            if waiting:
                for id, attempt in self._attempt(step, waiting).items():
                    attempts[id].append(attempt)
        unknown = "the contract and the options have no such requirement now"
        return [
            Replayed(failure, attempts.get(failure["id"], ()), "" if failure["id"] in attempts else unknown)
            for failure in failures
        ]

    def rerun(self) -> str:
        """The command of a run of all requirements that were not met in the report, with the same settings."""
        return prepare_run(load_inputs(self.configuration)).command(failed=self.of.file)

    def _attempt(self, step: Step, failures: Sequence[Row]) -> Mapping[str, Attempt]:
        """One attempt for each of the *failures* that *step* applies to, by id."""
        made = step.make(self.of, self.configuration, failures)
        if made is None:
            return {}
        prepared, chosen = made
        shown: dict[str, ProbeResult] = {}
        prepared = _watched(prepared, chosen, shown)
        result = self.execute(prepared)
        return {
            failure["id"]: _attempt_of(step, failure, prepared, result, shown.get(failure["id"]))
            for failure in chosen
        }


def _attempt_of(
    step: Step, failure: Row, prepared: Prepared, result: RunResult, shown: ProbeResult | None
) -> Attempt:
    outcome = result.outcomes[failure["id"]]
    contract, redactor = prepared.inputs.contract, prepared.redactor
    now = requirement_row(prepared.judge(outcome), prepared.target, redactor, prepared.rerun, contract.roles)
    item = None
    if shown is not None:
        evidence = Evidence("", describe_answer(shown.exchange), shown.exchange, shown.probe.description)
        item = evidence_as_dict(evidence, prepared.url, redactor)
    others = tuple(
        id for id, one in result.outcomes.items() if id != failure["id"] and _may_have_same_cause(one)
    )
    return Attempt(step.how, result.requests, now, item, others)


def _may_have_same_cause(outcome: Outcome) -> bool:
    """Whether *outcome* is a failure that depends on other requests, so that its cause may show in any of them."""
    if outcome.verdict is not Verdict.FAIL:
        return False
    condition = outcome.evidence[0].reproduction if outcome.evidence else ""
    return outcome.requirement.area in RELATIONAL or condition != ALONE.sentence


def _watched(prepared: Prepared, failures: Sequence[Row], shown: dict[str, ProbeResult]) -> Prepared:
    """*prepared* with checks that put the result of a request that had failed into *shown*, by the requirement's id."""

    def keep(failure: Row, results: Sequence[ProbeResult]) -> None:
        if failure["id"] not in shown:
            found = (one for one in results if is_shown(failure, one.probe, prepared.redactor))
            shown.update((failure["id"], one) for one in list(found)[:1])

    checks = dict(prepared.suite.checks)
    for failure in failures:
        if failure["id"] in checks:
            checks[failure["id"]] = recording_check(checks[failure["id"]], partial(keep, failure))
    return replace(prepared, suite=replace(prepared.suite, checks=checks))


def _needs(step: Step, failure: Row, attempts: Sequence[Attempt]) -> bool:
    return not (attempts and attempts[-1].failed) and step.is_for(failure, attempts)
