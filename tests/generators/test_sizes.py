"""Short texts for large batches, and sequences of growing length."""

from __future__ import annotations

from conformance.generators.sample_texts import (
    LADDER_WORDS,
    RUNGS,
    SHORT_WORDS,
    growing_sequence,
    short_texts,
    with_other_beginning,
    with_other_end,
)

LENGTHS = (*RUNGS, 2100, 8000)
PLACES = range(len(LADDER_WORDS))


def test_short_texts_differ_in_their_words_in_any_order() -> None:
    every = list(short_texts())
    assert len({frozenset(text.split()) for text in every}) == len(every) >= 2049
    assert len(set(SHORT_WORDS)) == len(SHORT_WORDS)
    assert {len(word) for word in SHORT_WORDS} == {3}


def test_each_sequence_is_the_beginning_of_all_longer_ones() -> None:
    longest = growing_sequence(PLACES, LENGTHS[-1])
    assert all(growing_sequence(PLACES, count) == longest[:count] for count in LENGTHS)


def test_variants_differ_only_at_one_end() -> None:
    usual, end, beginning = (
        make(PLACES, 1000) for make in (growing_sequence, with_other_end, with_other_beginning)
    )
    assert len(usual) == len(end) == len(beginning) == 1000
    assert (end[:800], beginning[200:]) == (usual[:800], usual[200:])
    assert (end[800:], beginning[:200]) == ([PLACES[-1]] * 200, [PLACES[-2]] * 200)
