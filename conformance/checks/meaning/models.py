"""Area ``meaning``: every model that the contract names returns the encoding and the size that a request asks for."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.distinct import COUNT, alone, distinct
from conformance.checks.makers import Makers
from conformance.checks.vector_options import equal_sizes, vector_options
from conformance.contract import Requirement
from conformance.engine import Check
from conformance.generators.sample_texts import text

WATCHED = (COUNT, "response.encoding", "response.dimensions", "response.base64", "response.length")


def _models(context: Context, requirement: Requirement) -> Check:
    """Other models than that of all other requests. A target may reject a model, and a model may reject a size."""
    others = [name for name in context.contract.known_models if name != context.model]
    if not others:
        return Check.skipped(requirement, untestable="the contract names no second model")
    value, options = text(150, 5), vector_options(context)
    pairs = [
        pair
        for name in others
        for pair in equal_sizes(
            [alone(context, value, either=True, model=name, **chosen) for chosen in options]
        )
    ]
    if not pairs:
        return Check.skipped(requirement, untestable="the contract has no second encoding")
    expected = "200 with the requested encoding and size, or a 4xx; the same vector in both encodings"
    return distinct(context, requirement, expected, pairs, watched=WATCHED)


CHECKS: Makers = {"meaning.models": _models}
