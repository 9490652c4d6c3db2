"""The report of an audit: the same rows, levels, baseline and formats as a run has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.engine import Outcome, RunResult, Verdict
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.report import (
    Baseline,
    Judged,
    Redactor,
    Report,
    Standing,
    deselect_prerequisites,
    exit_code,
    judge_standing,
)
from conformance.text import clip

from .formats import load_formats
from .outcomes import audit_outcomes, failure_rates, utc_time
from .run import Audited
from .summary import Failures, Group, numbers_by

MAX_LISTED: Final = 200
"""Entries of a list of the report."""

MAX_HOURS: Final = 2_000
"""Hours that a report has; of a longer time, it has days."""

DAY: Final = len("2030-01-31")


class Threshold(NamedTuple):
    """The part of the exchanges above which requirements that match ``pattern`` fail an audit, from 0 to 1."""

    pattern: str
    rate: float
    text: str


def read_thresholds(texts: Iterable[str], contract: Contract) -> list[Threshold]:
    """The thresholds in *texts*: ``0.1%``, or ``response.order=0.1%`` for some requirements.

    Raises ConfigurationError for another form, and for a pattern without a requirement.
    """
    found = []
    for text in texts:
        pattern, equals, part = text.rpartition("=")
        try:
            rate = float(part.removesuffix("%")) / (100 if part.endswith("%") else 1)
        except ValueError:
            rate = -1.0
        if not 0 <= rate <= 1:
            raise ConfigurationError(
                "fail-above", f"must be a part such as 0.1% or 0.001, not {clip(repr(text))}"
            )
        if equals and not contract.catalogue.matching(pattern):
            raise ConfigurationError(
                "fail-above",
                f"no requirement matches {clip(repr(pattern))}; the command requirements lists the ids",
            )
        found.append(Threshold(pattern if equals else "*", rate, part))
    return found


class Conclusion:
    """Makes the report of an audit with a *configuration*. *selected* are the ids of the selected requirements."""

    def __init__(
        self,
        configuration: Configuration,
        contract: Contract,
        baseline: Baseline,
        selected: Sequence[str],
        thresholds: Sequence[Threshold] = (),
    ) -> None:
        self._configuration, self._contract, self._baseline = configuration, contract, baseline
        self._selected, self._thresholds = selected, thresholds

    def report(self, found: Audited, sources: Sequence[str], started: datetime, seconds: float) -> Report:
        """The report of what an audit *found* in *sources*."""
        contract, redactor = self._contract, Redactor([], self._contract.security)
        applicable = contract.catalogue.applicable(set())
        result = audit_outcomes(found, contract, applicable)
        summary = found.summary
        run = deselect_prerequisites(
            RunResult(
                outcomes=result,
                selected=self._selected,
                started=started.astimezone(UTC).isoformat(timespec="seconds"),
                seconds=seconds,
                requests=summary.groups.total(),
                tokens=summary.tokens,
                interrupted=found.is_interrupted,
            )
        )
        judged = self._judged(run)
        code = exit_code(run, {id: judged[id] for id in self._selected})
        url = clip(" ".join(sources))
        return Report(
            contract,
            run,
            judged,
            Exit.INTERRUPTED if found.is_interrupted else code,
            {"url": f"recorded traffic in {url}"},
            redactor,
            name=self._configuration.name,
            newer=self._newer,
            audit=_redacted(self._section(found, run.outcomes), redactor),
        )

    @property
    def _newer(self) -> frozenset[str]:
        version = self._configuration.catalogue
        catalogue = self._contract.catalogue.values()
        return frozenset(r.id for r in catalogue if version is not None and r.since > version)

    def _judged(self, run: RunResult) -> dict[str, Judged]:
        c, rate_of, judged = self._configuration, failure_rates(run.outcomes), dict[str, Judged]()
        for id, outcome in run.outcomes.items():
            standing = judge_standing(
                outcome,
                fail_level=c.level,
                fail_on=c.fail_on,
                baseline=self._baseline,
                selected=id in self._selected,
                newer=self._newer,
                updated=c.update_baseline,
            )
            threshold = self._threshold(id)
            if threshold and standing.standing is Standing.BAD and rate_of.get(id, 1.0) <= threshold.rate:
                note = f"not above {threshold.text} of the exchanges (option fail-above)"
                standing = replace(standing, standing=Standing.KNOWN, note=note)
            judged[id] = standing
        return judged

    def _threshold(self, id: str) -> Threshold | None:
        """The last threshold for a requirement; one for all comes before the others."""
        matching = [one for one in self._thresholds if fnmatchcase(id, one.pattern)]
        return max(reversed(matching), key=lambda one: one.pattern != "*", default=None)

    def _section(self, found: Audited, result: Mapping[str, Outcome]) -> dict[str, Any]:
        """The part of the report that only audits have."""
        summary = found.summary
        titles = {format.name: format.title for format in load_formats().formats}
        failures = {**summary.failures, **found.compared.failures}
        return {
            "files": len(found.files),
            "formats": [
                {"name": name, "title": titles.get(name, "the given mapping"), "records": number}
                for name, number in sorted(summary.formats.items())
            ],
            "records": summary.records,
            "exchanges": summary.groups.total(),
            "skipped": summary.skipped,
            "unread": [
                {"reason": reason, "records": number, "first": found.places(summary.unread_places[reason])}
                for reason, number in summary.unread.most_common(MAX_LISTED)
            ],
            "problems": [
                {"file": name, "problem": problem} for name, problem in [*found.problems.items()][:MAX_LISTED]
            ],
            "notes": _notes(found),
            "first": None if summary.first is None else utc_time(summary.first),
            "last": None if summary.last is None else utc_time(summary.last),
            **_counts(summary.groups),
            "answered": [
                {"requested": requested, "answered": answered, "exchanges": number}
                for (requested, answered), number in summary.answered.most_common(MAX_LISTED)
            ],
            "failures": [
                _failure(id, failures[id], outcome)
                for id, outcome in result.items()
                if outcome.verdict is Verdict.FAIL and id in failures
            ],
        }


def _failure(id: str, failures: Failures, outcome: Outcome) -> dict[str, Any]:
    return {
        "id": id,
        "exchanges": failures.total,
        "tested": outcome.requests,
        "first": None if failures.first is None else utc_time(failures.first),
        "last": None if failures.last is None else utc_time(failures.last),
        **_counts(failures.groups),
    }


def _notes(found: Audited) -> list[str]:
    notes = []
    if number := found.summary.without_body:
        of_all = "1 success was" if number == 1 else f"{number:,} successes were"
        notes.append(f"{of_all} recorded without the body of the response, so no vectors were judged there.")
    if found.is_full:
        notes.append("The disk was full, so only a part of the texts was compared.")
    if found.sampled:
        notes.append(f"One text in {2**found.sampled:,} was compared, chosen by its hash.")
    return notes


def _counts(groups: Counter[Group]) -> dict[str, Any]:
    """The numbers by model, provider, status and hour; by day instead of by hour for a long time."""
    counts: dict[str, Any] = {
        f"by_{name}": [
            {"name": key, "exchanges": number}
            for key, number in sorted(numbers_by(groups, name).items(), key=lambda item: (-item[1], item[0]))[
                :MAX_LISTED
            ]
        ]
        for name in ("model", "provider", "status")
    }
    hours = numbers_by(groups, "hour")
    if len(hours) > MAX_HOURS:
        days: Counter[str] = Counter()
        for hour, number in hours.items():
            days[hour[:DAY]] += number
        hours = dict(sorted(days.items())[:MAX_HOURS])
    counts["by_hour"] = [{"name": hour, "exchanges": number} for hour, number in hours.items()]
    return counts


def _redacted(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, dict):
        return {name: _redacted(child, redactor) for name, child in value.items()}
    return [_redacted(item, redactor) for item in value] if isinstance(value, list) else value
