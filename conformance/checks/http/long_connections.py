"""Area ``http``: a connection that is kept for many requests."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import Check, FaultKind, send_in_sequence
from conformance.generators.sample_texts import sample_text

from .connections import OWN_RESPONSE

REQUESTS = 52
"""Requests on one connection: more than servers and proxies serve in a short test."""


def _many_requests(context: Context, requirement: Requirement) -> Check:
    """Send the same text again and again, when no other check opens connections."""
    probes = [
        context.input_probe(
            "a request on a connection that had many requests before", sample_text(61, 4), occurrence=n
        )
        for n in range(REQUESTS)
    ]
    pairs = [SameVector(n, 0) for n in range(1, REQUESTS)]
    compare = compare_pairs(pairs, "the same vector as for the first of these requests")
    needs = (*context.needs_of("a"), OWN_RESPONSE)
    check = relation_check(requirement, context.answers, probes, compare, needs, send_in_sequence)
    return replace(check, last=Turn.LONG_CONNECTION, observes=FaultKind.KEPT_CONNECTION)


CHECKS: Makers = {"http.connection.many-requests": _many_requests}
