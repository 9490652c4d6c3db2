"""The steps of a replay: ways to send failed requests again, from the fewest requests to those of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from typing import Any

from conformance.config.options import Configuration
from conformance.engine import (
    ALONE,
    BESIDE,
    NOT_ALONE,
    UNSTABLE,
    Check,
    Expect,
    Load,
    Probe,
    Suite,
    may_accompany,
    only_probes,
    request_before,
    sent_after,
    sent_beside,
)
from conformance.report import Attempt, Redactor, condition_of, is_of_request

from .inputs import load_inputs
from .prepare import Prepared, prepare_run
from .recorded_run import RecordedRun

Row = Mapping[str, Any]

BESIDE_IT = 24
"""Requests of other checks that are sent beside a check whose requests failed only together with others."""

CONDITIONS_OF_LOAD = (BESIDE, NOT_ALONE.sentence, UNSTABLE)


Made = tuple[Prepared, Sequence[Row]] | None
"""A prepared run, and the rows that it is for; None if a step applies to no row."""


@dataclass(frozen=True)
class Step:
    """A way to send the requests of failed requirements again.

    ``make`` prepares the run of the step for those of the given rows that it applies to, and returns these rows too.
    ``is_for`` states whether a row, after the attempts so far, needs the step.
    """

    how: str
    make: Callable[[RecordedRun, Configuration, Sequence[Row]], Made]
    is_for: Callable[[Row, Sequence[Attempt]], bool] = lambda row, attempts: True


def _alone(_: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    """Of checks that judge each response by itself, the failed requests only."""
    prepared = _prepared(configuration, _ids(rows))

    def reduced(row: Row, check: Check) -> Check:
        return only_probes(check, lambda probe: is_shown(row, probe, prepared.redactor))

    return _one_by_one(_changed(prepared, rows, reduced)), rows


def _whole_checks(_: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    return _prepared(configuration, _ids(rows)), rows


def _after_others(_: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    """The request that the condition names, and a request of another check that showed the failure, come before."""
    prepared = prepare_run(load_inputs(configuration))
    others = {row["id"]: list(_named(row, prepared)) for row in rows}
    chosen = [row for row in rows if others[row["id"]]]
    if not chosen:
        return None
    changed = _changed(prepared, chosen, lambda row, check: sent_after(check, others[row["id"]]))
    return _one_by_one(_selecting(changed, _ids(chosen))), chosen


def _beside_others(recorded: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    prepared = prepare_run(load_inputs(configuration))

    def accompanied(row: Row, check: Check) -> Check:
        neighbors = _neighbors(prepared.suite, row["id"], set(recorded.selected))
        return sent_beside(check, list(islice(neighbors, BESIDE_IT)))

    return _selecting(_changed(prepared, rows, accompanied), _ids(rows)), rows


def _with_other_failures(recorded: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    """An earlier failure may have changed the server. It then fails later requests also if they are sent alone."""
    failed = [row["id"] for row in recorded.failed]
    return (_prepared(configuration, failed), rows) if len(failed) > len(rows) else None


def _whole_run(recorded: RecordedRun, configuration: Configuration, rows: Sequence[Row]) -> Made:
    return _prepared(configuration, recorded.selected), rows


def _failed_beside_others(row: Row, _: Sequence[Attempt]) -> bool:
    return condition_of(row).startswith(CONDITIONS_OF_LOAD)


def _may_need_others(row: Row, attempts: Sequence[Attempt]) -> bool:
    """Whether a failure may come back only after other requests: it did, or one that may have the same cause is there.

    A server that earlier requests have changed fails also if the request is then sent alone.
    """
    return condition_of(row) != ALONE.sentence or any(attempt.also_failed for attempt in attempts)


STEPS = (
    Step("the failed requests that the report shows, one by one, each on a new connection", _alone),
    Step("all requests of the requirement, as in a run", _whole_checks),
    Step("the same, after the request that preceded the failure", _after_others),
    Step("the same, together with other requests", _beside_others, _failed_beside_others),
    Step("the same, with those of all requirements that failed", _with_other_failures),
    Step("all requests of the saved run", _whole_run, _may_need_others),
)
"""The steps, in their order."""


def is_shown(row: Row, probe: Probe, redactor: Redactor) -> bool:
    """Whether the evidence of *row* shows the request of *probe*."""
    return any(is_of_request(item, probe.description, probe.request, redactor) for item in row["evidence"])


def _ids(rows: Sequence[Row]) -> Sequence[str]:
    return [row["id"] for row in rows]


def _prepared(configuration: Configuration, ids: Sequence[str]) -> Prepared:
    """A run of the requirements with these *ids*, as far as they exist."""
    inputs = load_inputs(configuration)
    wanted = set(ids)
    return prepare_run(replace(inputs, selected=tuple(id for id in inputs.catalogue if id in wanted)))


def _selecting(prepared: Prepared, ids: Sequence[str]) -> Prepared:
    """*prepared*, whose suite has all checks, for a run of the requirements with these *ids*."""
    return replace(prepared, inputs=replace(prepared.inputs, selected=tuple(ids)))


def _one_by_one(prepared: Prepared) -> Prepared:
    return replace(prepared, load=Load(1, prepared.configuration.rate, new_connections=True))


def _changed(prepared: Prepared, rows: Sequence[Row], change: Callable[[Row, Check], Check]) -> Prepared:
    """*prepared* with a *change* of the checks of *rows*."""
    checks = dict(prepared.suite.checks)
    for row in rows:
        if row["id"] in checks and not checks[row["id"]].without_requests:
            checks[row["id"]] = change(row, checks[row["id"]])
    return replace(prepared, suite=replace(prepared.suite, checks=checks))


def _named(row: Row, prepared: Prepared) -> Iterator[Probe]:
    """The request that the condition of *row* names, and the one of its evidence if that is of another check."""
    checks, redactor = prepared.suite.checks, prepared.redactor
    every = list(chain.from_iterable(check.probes for check in checks.values()))
    before = request_before(condition_of(row))
    yield from islice((probe for probe in every if before and probe.description == before), 1)
    own = checks[row["id"]].probes if row["id"] in checks else ()
    if not any(is_shown(row, probe, redactor) for probe in own):
        yield from islice((probe for probe in every if is_shown(row, probe, redactor)), 1)


def _neighbors(suite: Suite, id: str, selected: set[str]) -> Iterator[Probe]:
    """Valid small requests of the checks that come before and after that of *id*, the nearest first."""
    ids = [other for other in suite.checks if other in selected or other == id]
    place = ids.index(id) if id in ids else 0
    near = zip_longest(reversed(ids[:place]), ids[place + 1 :])
    checks: Iterable[Check] = (suite.checks[other] for pair in near for other in pair if other is not None)
    for check in checks:
        yield from (p for p in check.probes[:2] if p.expect is Expect.ACCEPT and may_accompany(p))
