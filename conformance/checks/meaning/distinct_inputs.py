"""Area ``meaning``: inputs that differ in words, numbers or token ids have different vectors."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.checks.context import Context
from conformance.checks.distinct import (
    COUNT,
    Pair,
    all_different,
    distinct_vectors,
    each_alone,
    place_alone,
    places_together,
)
from conformance.checks.makers import Maker, Makers
from conformance.contract import Requirement
from conformance.engine import Check
from conformance.generators.lookalikes import IDS, LISTS, PARSED
from conformance.generators.sample_texts import VOCABULARY, sample_text

WORDS = (*VOCABULARY[:14], "17", "18", "12", "21", "1234", "1235", "room 12", "room 21")
"""Short words of lowercase letters, and numbers."""

NUMBERS_ALONE = ("room 12", "room 21")

NUL = ("\0",)
CONTROL = (("\n", "\t", " "), ("\x01", "\x1b"))
"""Characters at which a server that works with lines or terminals may end a text, in groups of equal rarity."""

MANY = 499
"""Words before the last one. A target may reject so many."""

OTHER_ID = 119
"""A token id that every vocabulary has, and that is not in IDS."""

SYMBOLS = ("🦀", "🎻", "∑ ∫", "→ ←", "河 山", "नदी पहाड़", "€ £", "★ ☾")
UNBROKEN = tuple("".join(VOCABULARY[start : start + 25]) for start in (0, 25, 50))
"""Words of more than 100 characters."""


def _words(context: Context, requirement: Requirement) -> Check:
    groups = places_together(context, WORDS), each_alone(context, NUMBERS_ALONE)
    pairs = [pair for places in groups for pair in all_different(places)]
    return distinct_vectors(context, requirement, "a different vector for each text", pairs)


def _control(context: Context, requirement: Requirement) -> Check:
    """Compare texts that differ only behind a control character and a space. A target may reject them."""
    groups = [places_together(context, _behind(group), either=True) for group in CONTROL]
    groups.append([place_alone(context, value, either=True) for value in _behind(NUL)])
    pairs = [
        Pair(one, other) for places in groups for one, other in zip(places[::2], places[1::2], strict=True)
    ]
    expected = "different vectors for texts that differ after a control character"
    return distinct_vectors(context, requirement, expected, pairs)


def _behind(characters: Iterable[str]) -> list[str]:
    """Two texts for each of *characters*, which differ behind it."""
    return [f"river{character} {word}" for character in characters for word in ("stone", "violin")]


def _last_word(context: Context, requirement: Requirement) -> Check:
    start = sample_text(130, MANY)
    one, other = (place_alone(context, f"{start} {word}", either=True) for word in ("granite", "violin"))
    expected = f"different vectors for texts that differ in the last of {MANY + 1} words, or a 4xx"
    return distinct_vectors(context, requirement, expected, [Pair(one, other)])


def _word_order(context: Context, requirement: Requirement) -> Check:
    texts = ["the dog bites the man", "the man bites the dog"]
    expected = "different vectors for the same words in another order"
    pairs = all_different(places_together(context, texts))
    return distinct_vectors(context, requirement, expected, pairs)


def _ids(context: Context, requirement: Requirement) -> Check:
    """Compare arrays that differ in their first, middle or last id."""
    arrays = [list(IDS), *([*IDS[:n], OTHER_ID, *IDS[n + 1 :]] for n in (0, 2, len(IDS) - 1))]
    single, nested = each_alone(context, arrays), places_together(context, arrays)
    expected = "a different vector for each array of tokens"
    return distinct_vectors(context, requirement, expected, [*all_different(single), *all_different(nested)])


def _token_texts(context: Context, requirement: Requirement) -> Check:
    """Compare an array of ids, alone and nested, with the text of its ids in each notation; and one id with it."""
    arrays = [place_alone(context, list(IDS)), place_alone(context, [list(IDS)])]
    texts = each_alone(context, [*LISTS.values(), str(IDS[0])])
    expected = "for token ids, a vector other than that of a text with the same digits"
    pairs = [Pair(one, other) for one in texts for other in arrays]
    pairs.append(Pair(texts[-1], place_alone(context, [IDS[0]])))
    return distinct_vectors(context, requirement, expected, pairs)


def _lookalikes(context: Context, requirement: Requirement) -> Check:
    texts = each_alone(context, PARSED)
    a_list = each_alone(context, [LISTS["JSON"]])  # the other notations differ from it only in punctuation
    forms = places_together(context, list(dict.fromkeys(form for forms in PARSED.values() for form in forms)))
    by_text = {place.what: place for place in forms}
    parsed = [
        Pair(by_text[repr(form)], place)
        for place, forms in zip(texts, PARSED.values(), strict=False)
        for form in forms
    ]
    expected = "a vector other than that of the text that a parser would produce"
    pairs = [*parsed, *all_different([*texts, *a_list])]
    return distinct_vectors(context, requirement, expected, pairs, watched=(COUNT,))


def _texts(values: Iterable[str]) -> Maker:
    """The maker of a check that texts in one batch have different vectors."""

    def make(context: Context, requirement: Requirement) -> Check:
        pairs = all_different(places_together(context, list(values)))
        return distinct_vectors(context, requirement, "a different vector for each text", pairs)

    return make


def _token_zero(context: Context, requirement: Requirement) -> Check:
    with_zero = place_alone(context, [*IDS[:2], 0, *IDS[2:4]], either=True)
    pairs = [Pair(place_alone(context, list(IDS[:4])), with_zero)]
    return distinct_vectors(
        context, requirement, "a different vector with the token 0 than without it", pairs
    )


CHECKS: Makers = {
    "meaning.different.words": _words,
    "meaning.different.after-control": _control,
    "meaning.different.last-word": _last_word,
    "meaning.different.word-order": _word_order,
    "meaning.different.ids": _ids,
    "meaning.different.token-texts": _token_texts,
    "meaning.different.lookalikes": _lookalikes,
    "meaning.different.symbols": _texts(SYMBOLS),
    "meaning.different.long-words": _texts(UNBROKEN),
    "meaning.different.token-zero": _token_zero,
}
