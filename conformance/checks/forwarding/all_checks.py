"""Area ``forwarding``: a check for each requirement of the area."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.checks.context import Context
from conformance.checks.makers import check_or_skipped
from conformance.engine import Check
from conformance.reference.mock_upstream import MockUpstream

from . import concurrency, errors, inputs, properties, responses
from .credentials import credential_check
from .probes import GatewayMakers, GatewayProbes

UPSTREAM = "upstream"
"""The condition under which the area is tested: the suite runs the gateway's upstream."""


def forwarding_checks(context: Context, upstream: MockUpstream) -> Iterator[Check]:
    """A check for each requirement on a gateway whose *upstream* is the mock upstream."""
    probes = GatewayProbes(context, upstream)
    makers: GatewayMakers = {
        **inputs.CHECKS,
        **properties.CHECKS,
        **responses.CHECKS,
        **concurrency.CHECKS,
        **errors.error_checks(),
    }
    requirements = [r for r in context.contract.catalogue.values() if r.area == "forwarding"]
    made = {
        r.id: check_or_skipped(r, partial(makers[r.id], probes, r)) for r in requirements if r.id in makers
    }
    yield from made.values()
    others = [probe for check in made.values() for probe in check.probes if probe.scenario is not None]
    for requirement in requirements:
        if requirement.id not in made:
            make = partial(credential_check, probes, requirement, others)
            yield check_or_skipped(requirement, make)
