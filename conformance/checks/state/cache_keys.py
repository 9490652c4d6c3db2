"""Area ``state``: a cache does not confuse similar inputs or different options, in any order of requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.checks.context import Context
from conformance.checks.distinct import COUNT, Pair, Place, distinct_vectors, place_alone
from conformance.checks.makers import Makers
from conformance.checks.vector_options import encodings_and_sizes, equal_sizes
from conformance.contract import Requirement
from conformance.engine import Check
from conformance.generators.sample_texts import SIX_CHARACTER_WORDS, equal_lengths, sample_text
from conformance.generators.similar_texts import SIMILAR

SEPARATORS = (" ", ",", "-", "", "\n")
"""What may join the texts of a batch in a key."""

LONG = 600
"""Characters of a text that a model may reject."""

ORDERS = ((0, 1, 2, 3), (1, 0, 2, 3), (3, 2, 0, 1))
"""Orders of the options of vectors. In each, a key without encoding or size makes two vectors differ that are equal."""

OPTIONS = (COUNT, "response.encoding", "response.dimensions")
"""What a response violates that belongs to the same input with other options."""


SAME_DIGITS = ([111, 12], [11, 112])
"""Token arrays whose ids have the same digits, in the same order."""


def _joined(context: Context, requirement: Requirement) -> Check:
    """Send a batch before its joined texts, another one after them, and batches that are equal when joined."""
    context.batch_size(2)
    before, after = equal_lengths(7)[3:5], equal_lengths(7)[5:]
    batch, joined = _places(context, before), _joined_texts(context, before)
    earlier, later = _joined_texts(context, after), _places(context, after)
    right = [place_alone(context, value) for value in after]
    divided = _divided(context)
    pairs = [
        *(Pair(place, other) for other in joined for place in batch),
        *(Pair(other, place) for other in earlier for place in later),
        *(Pair(one, place, equal=True) for one, place in zip(right, later, strict=True)),
        *(Pair(one, other) for one, other in divided),
    ]
    order = [*batch, *joined, *earlier, *later, *(place for both in divided for place in both)]
    expected = "for the joined text, a vector other than those of the batch"
    return distinct_vectors(context, requirement, expected, pairs, order=order, watched=(COUNT,))


def _joined_texts(context: Context, texts: Sequence[str]) -> list[Place]:
    return [place_alone(context, separator.join(texts)) for separator in SEPARATORS]


def _divided(context: Context) -> list[tuple[Place, Place]]:
    """The items of batches that differ only in where their two texts are divided."""
    divided: list[tuple[Place, Place]] = []
    for number, separator in enumerate((" ", ",", "")):
        one, two, three = SIX_CHARACTER_WORDS[3 * number : 3 * number + 3]
        late, early = [separator.join((one, two)), three], [one, separator.join((two, three))]
        divided += zip(_places(context, late), _places(context, early), strict=True)
    return divided


def _joined_tokens(context: Context, requirement: Requirement) -> Check:
    one, other = (_places(context, batch) for batch in ([[104, 111], [117]], [[104], [111, 117]]))
    early, late = (place_alone(context, value) for value in SAME_DIGITS)
    pairs = [*(Pair(*both) for both in zip(one, other, strict=True)), Pair(early, late)]
    expected = "other vectors for the same tokens in other arrays"
    return distinct_vectors(
        context, requirement, expected, pairs, order=[*one, *other, early, late], watched=(COUNT,)
    )


def _similar(context: Context, requirement: Requirement) -> Check:
    may_be_cut = context.roles.truncation is not None
    similar = [both for both in SIMILAR.values() if not may_be_cut or len(both[0]) <= LONG]
    texts = [value for both in similar if all(context.can_send(v) for v in both) for value in both]
    places = [place_alone(context, value, either=len(value) > LONG) for value in texts]
    pairs = [Pair(one, other) for one, other in zip(places[::2], places[1::2], strict=True)]
    expected = "a vector other than that of the similar text before it"
    return distinct_vectors(context, requirement, expected, pairs, order=places)


def _options(context: Context, requirement: Requirement) -> Check:
    """Request a text, a batch and an array of tokens with all encodings and sizes, each in another order.

    The text and the batch have a user, which has no effect.
    """
    user = context.roles.named(user="user-1") if context.roles.user else {}
    inputs: Sequence[tuple[object, Mapping[str, Any]]] = (
        (sample_text(140, 5), user),
        (equal_lengths(9)[7:9], user),
        ([104, 111, 117, 115, 101], {}),
    )
    options = encodings_and_sizes(context)
    found = [
        [place_alone(context, value, **more, **options[n]) for n in order if n < len(options)]
        for order, (value, more) in zip(ORDERS, inputs, strict=True)
        if context.can_send(value, **more)
    ]
    pairs = [pair for places in found for pair in equal_sizes(places)]
    if not pairs:
        return Check.skipped(requirement, untestable="the contract has no second encoding")
    order = [place for places in found for place in places]
    expected = "the encoding and size that are requested, with the same vector"
    return distinct_vectors(context, requirement, expected, pairs, order=order, watched=OPTIONS)


def _places(context: Context, batch: Sequence[object]) -> list[Place]:
    place = place_alone(context, list(batch))
    return [Place(f"{value!r} in a batch", place.probe, index) for index, value in enumerate(batch)]


CHECKS: Makers = {
    "state.cache.joined": _joined,
    "state.cache.joined-tokens": _joined_tokens,
    "state.cache.similar": _similar,
    "state.cache.options": _options,
}
