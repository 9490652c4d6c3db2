"""Area ``meaning``: each model in the contract returns vectors with the requested encoding and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks.context import Context
from conformance.checks.distinct import COUNT, Pair, Place, distinct_vectors, place_alone
from conformance.checks.makers import Makers
from conformance.checks.not_sent import NotSupported
from conformance.checks.vector_options import encodings_and_sizes, equal_sizes
from conformance.contract import Requirement
from conformance.engine import Check
from conformance.generators.sample_texts import equal_lengths, sample_text

LARGE = 110
"""Texts of a large batch."""

WATCHED = (COUNT, "response.encoding", "response.dimensions", "response.base64", "response.length")


def _models(context: Context, requirement: Requirement) -> Check:
    """Other models than that of all other requests. A target may reject a model, and a model may reject a size."""
    others = [name for name in context.contract.known_models if name != context.model]
    if not others:
        return Check.skipped(requirement, untestable="the contract names no second model")
    value, options = sample_text(150, 5), encodings_and_sizes(context)
    first, routed = _routed(context, others)
    pairs = [*routed, *_large_batches(context, others)]
    pairs += [
        pair
        for name in others
        for pair in equal_sizes(
            [
                place_alone(context, value, either=True, **_model(context, name), **chosen)
                for chosen in options
            ]
        )
    ]
    if not pairs:
        return Check.skipped(requirement, untestable="the contract has no second encoding")
    expected = (
        "200 with the requested encoding and size, or a 4xx; the same vector in both encodings, for each user"
    )
    return distinct_vectors(context, requirement, expected, pairs, order=first, watched=WATCHED)


def _routed(context: Context, others: Sequence[str]) -> tuple[Sequence[Place], list[Pair]]:
    """Requests for one model, then for the *others*, with the same value of a property that names the client.

    A server that routes by such a value must still use the model of each request.
    """
    value = sample_text(151, 5)
    clients: list[Mapping[str, Any]] = [*context.clients(value)]
    first = [place_alone(context, value, **client) for client in clients]
    pairs = [
        Pair(
            place_alone(context, value, either=True, **_model(context, model)),
            place_alone(context, value, either=True, **_model(context, model), **client),
            equal=True,
        )
        for client in clients
        for model in others
    ]
    return first, pairs


def _large_batches(context: Context, others: Sequence[str]) -> Iterator[Pair]:
    """The first and the last text of a batch, and each alone: some servers use another model for large batches."""
    try:
        texts = equal_lengths(context.batch_size(LARGE))
    except NotSupported:
        return
    for model in others:
        batch = place_alone(context, texts, either=True, **_model(context, model))
        context.answers.keep_vectors(batch.probe.request, (0, len(texts) - 1))
        for index in (0, len(texts) - 1):
            what = f"text {index + 1} of a batch of {len(texts)}, model {model}"
            single = place_alone(context, texts[index], either=True, **_model(context, model))
            yield Pair(single, Place(what, batch.probe, index), equal=True)


def _model(context: Context, name: str) -> Mapping[str, Any]:
    return context.roles.named(model=name)


CHECKS: Makers = {"meaning.models": _models}
