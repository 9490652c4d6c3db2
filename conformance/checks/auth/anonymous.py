"""Checks of requests without sufficient credentials."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.context import Context
from conformance.contract import Requirement
from conformance.engine import Check, Judge, Probe, Procedure, send_concurrently


def anonymous_check(
    context: Context,
    requirement: Requirement,
    probes: Sequence[Probe],
    judge: Judge,
    procedure: Procedure = send_concurrently,
) -> Check:
    """The check of *probes*, which must not be authorized; skipped if the contract requires no credentials."""
    if context.contract.security.accepts(()):
        return Check.skipped(requirement, untestable="the contract requires no credentials")
    return Check(requirement, tuple(probes), judge, (context.authorized_by,), procedure=procedure)
