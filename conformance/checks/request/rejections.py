"""Area ``request``: the status of the responses to invalid bodies."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

from conformance.checks.context import Context
from conformance.checks.judges import evidence, rejected_results
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, Judge, ProbeResult, judges_all

from .bodies import body_probes

STATUSES = frozenset({400, 413, 415, 422})
MODEL_NOT_FOUND = 404
"""The response of servers that look up the model before they validate the body."""


def _status(context: Context, requirement: Requirement) -> Check:
    """All invalid bodies of the area, sent by the checks of their own requirements too."""
    found = [
        (probe, other.id)
        for other in context.contract.catalogue.values()
        if other.area == "request"
        for probe in body_probes(context, other)
        if probe.expect is Expect.REJECT
    ]
    model = context.contract.property_of("model")
    with_invalid_model = {probe.key for probe, id in found if model and id.startswith(f"{model.name}.")}
    probes = tuple(dict.fromkeys(probe for probe, _ in found))
    judge = _has_right_status(with_invalid_model)
    return Check(requirement, probes, judge, (context.authorized_by,))


def _has_right_status(with_invalid_model: Collection[Hashable]) -> Judge:
    @judges_all("400, 413, 415 or 422; for an invalid model also 404")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in rejected_results(results, "no invalid request"):
            right = STATUSES | ({MODEL_NOT_FOUND} if result.probe.key in with_invalid_model else set())
            if result.exchange.status not in right:
                yield evidence(result, f"one of {', '.join(map(str, sorted(right)))}")

    return judge


CHECKS: Makers = {"request.rejection.status": _status}
