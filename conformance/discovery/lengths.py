"""How long a text may be: from which length on it is refused, or cut in silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from conformance.generators.sample_texts import text
from conformance.validation.embeddings import Vector, identical

from .findings import Finding, found, guessed
from .ground import Ground, most_items
from .probing import Outcome, Reading

WORDS = (100, 300, 1000, 3000, 10_000)

LONG = 86
"""The number of the long text; shorter ones are its beginning."""

ANOTHER = "granite"
"""A word that, repeated, makes another text of any."""

SHORTER_WORDS = 8
"""One part in so many that a text of other words may have fewer tokens than ours of as many words."""

CLOSE = 64
"""One part in so many that a limit on tokens may be too high by."""

MOST_TOKENS = 100_000
"""Tokens of the largest array that is sent, where the contract does not bound it."""

LOOK = "The model's own limit lies below this number: look it up"


async def length_findings(ground: Ground, lacking: Collection[object]) -> AsyncIterator[Finding]:
    """From which length on texts are refused, or cut in silence.

    A limit that is too low would call a right answer wrong: a text of more words than it must be refused. So it is
    never below a length that was seen to be too much. *lacking* are the capabilities that the target does not have.
    """
    vectors: dict[int, Vector] = {}
    for words in WORDS:
        reading = await ground.ask(input=text(LONG, words))
        if reading.outcome is Outcome.REFUSED or reading.status >= 500:
            limit = await _limit(ground, max(vectors, default=0), words, _token_form(ground, lacking))
            yield _refused(max(vectors, default=0), words, reading, limit)
            return
        if reading.outcome is not Outcome.SERVED:
            yield found(f"input-tokens: no limit is declared ({words} words: {reading.note})")
            return
        vectors[words] = reading.vectors[0]
    yield await _longest(ground, vectors)


def _refused(served: int, words: int, reading: Reading, limit: int) -> Finding:
    shown = f"a text of {served} words is served, " if served else ""
    crash = "" if reading.outcome is Outcome.REFUSED else " That is a crash, and will be shown as a failure."
    sentence = f"{shown}one of {words} words: {reading.note}.{crash} {LOOK}"
    return guessed(sentence, "limit", f"input-tokens={limit}")


async def _longest(ground: Ground, vectors: dict[int, Vector]) -> Finding:
    """What is to be said where the longest text is served: longer ones may have the vector of their beginning."""
    longest = max(vectors)
    alike = [words for words, vector in vectors.items() if identical(vector, vectors[longest])]
    if alike and min(alike) < longest:
        other = f"{text(LONG, min(alike))} {' '.join([ANOTHER] * (longest - min(alike)))}"
        reading = await ground.ask(input=other)
        if reading.vectors and identical(reading.vectors[0], vectors[longest]):
            sentence = (
                f"texts are cut in silence: those of {min(alike)} and of {longest} words that begin alike get one"
                " vector, whatever the rest is. Requirement capability.input-tokens will fail until they are refused."
                f" {LOOK}"
            )
            return guessed(sentence, "limit", f"input-tokens={_with_margin(min(alike))}")
    return found(f"input-tokens: a text of {longest} words is served; longer ones were not asked for")


async def _limit(ground: Ground, served: int, words: int, form: TokenForm | None) -> int:
    limit = _with_margin(words)
    if form is None or limit >= form.most:
        return limit
    return await _refused_tokens(ground, form, served, limit)


def _with_margin(words: int) -> int:
    return words + words // SHORTER_WORDS


async def _refused_tokens(ground: Ground, form: TokenForm, served: int, limit: int) -> int:
    """A limit that arrays of tokens keep too: where more than *limit* are served, it is higher."""
    low, high = served, limit + 1
    while (await ground.ask(input=form.make(high))).outcome is Outcome.SERVED:
        if high == form.most:
            return form.most
        low, high = high, min(2 * high, form.most)
    while low > limit and high - low > max(1, high // CLOSE):
        middle = (low + high) // 2
        if (await ground.ask(input=form.make(middle))).outcome is Outcome.SERVED:
            low = middle
        else:
            high = middle
    return high - 1


@dataclass(frozen=True, slots=True)
class TokenForm:
    """How an array of tokens is sent, and the most that it may have."""

    make: Callable[[int], list[int] | list[list[int]]]
    most: int


def _token_form(ground: Ground, lacking: Collection[object]) -> TokenForm | None:
    """The form that the target serves, the one of which the contract admits more first; None where it serves none."""
    if "nested-token-input" not in lacking:
        return TokenForm(lambda count: [[97] * count], MOST_TOKENS)
    most = most_items(ground.contract, "integer")
    if "token-input" not in lacking and most is not None:
        return TokenForm(lambda count: [97] * count, most)
    return None
