"""Area ``state``: the target goes on answering until the end of the run."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, FaultKind


def _running(context: Context, requirement: Requirement) -> Check:
    """No requests of its own: the run observes whether any request stops the target."""
    needs = (context.authorized_by,)
    return Check(requirement, (context.canary,), as_expected, needs, observes=FaultKind.STOPPED)


CHECKS: Makers = {"state.running": _running}
