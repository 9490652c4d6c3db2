"""Area ``request``: models that the target does not have."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check


def _unknown(context: Context, requirement: Requirement) -> Check:
    return Check(requirement, context.unknown_models, as_expected, context.needs_of("a", ["a"]))


CHECKS: Makers = {"request.model.unknown": _unknown}
