"""Area ``state``: the target answers each request in time, and goes on until the end of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect, FaultKind, Probe, send_in_sequence

LARGEST = 2**31 - 1
"""The largest 32-bit integer: servers have ended when they tried to allocate so many numbers."""


def _running(context: Context, requirement: Requirement) -> Check:
    """The largest values that the contract allows. The run observes whether any other request stops the target."""
    return Check(
        requirement,
        (context.canary, *_extreme(context)),
        as_expected,
        (context.authorized_by,),
        procedure=send_in_sequence,
        observes=FaultKind.STOPPED,
    )


def _extreme(context: Context) -> Iterator[Probe]:
    for name, node in context.contract.form.properties.items():
        if node.type == "integer":
            value = node.node.get("maximum", LARGEST)
            body = context.plain_body(**{name: value})
            yield replace(context.plain_probe(f"{name} {value}", Expect.EITHER, body=body), tokens=0)


def _answering(context: Context, requirement: Requirement) -> Check:
    """No requests of its own: the run observes whether any request gets no answer, although others do."""
    needs = (context.authorized_by,)
    return Check(requirement, (context.canary,), as_expected, needs, observes=FaultKind.NO_ANSWER)


CHECKS: Makers = {"state.answering": _answering, "state.running": _running}
