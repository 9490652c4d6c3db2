"""Parts of known texts in another text, compared with a search that tries every place."""

from __future__ import annotations

import random

import pytest

from conformance.report.model.fragments import CHUNK, Fragments, merged_spans


def found_by_trying(length: int, texts: list[str], searched: str) -> list[tuple[int, int]]:
    parts = {text[i : i + length] for text in texts for i in range(len(text) - length + 1)}
    places = range(len(searched) - length + 1)
    return list(merged_spans((k, k + length) for k in places if searched[k : k + length] in parts))


def fragments(length: int, *texts: str) -> Fragments:
    found = Fragments(length)
    found.add(texts)
    return found


@pytest.mark.parametrize("length", [7, 8, 10, 14, 15, 16])
@pytest.mark.parametrize("alphabet", ["ab", "abcé向", "0123456789abcdef"])
def test_every_part_is_found_at_every_place(length: int, alphabet: str) -> None:
    choose = random.Random(length)
    for _ in range(30):
        texts = ["".join(choose.choices(alphabet, k=choose.randrange(60))) for _ in range(3)]
        pieces = [text[choose.randrange(20) : choose.randrange(20, 60)] for text in texts]
        rest = "".join(choose.choices(alphabet, k=200))
        searched = rest[: choose.randrange(9)] + "-".join(pieces) + rest
        assert list(fragments(length, *texts).spans(searched)) == found_by_trying(length, texts, searched)


def test_a_shorter_part_is_not_found() -> None:
    assert list(fragments(8, "abcdefgh").spans("abcdefg-bcdefgh")) == []
    assert list(fragments(8, "abcdefg").spans("abcdefgabcdefg")) == []
    assert list(fragments(8, "abcdefgh").spans("")) == []


@pytest.mark.parametrize("place", range(CHUNK - 12, CHUNK + 4))
def test_a_part_across_two_chunks_is_found(place: int) -> None:
    searched = "x" * place + "abcdefgh" + "x" * 20
    assert list(fragments(8, "abcdefgh").spans(searched)) == [(place, place + 8)]


def test_overlapping_parts_are_one_and_adjacent_parts_are_two() -> None:
    assert list(fragments(8, "abcdefghij").spans("abcdefghij")) == [(0, 10)]
    assert list(fragments(8, "abcdefgh").spans("abcdefghabcdefgh")) == [(0, 8), (8, 16)]


def test_texts_can_be_added_later() -> None:
    found = fragments(8, "abcdefgh")
    found.add(["ijklmnop"])
    assert list(found.spans("ijklmnop abcdefgh")) == [(0, 8), (9, 17)]


def test_merging_joins_only_spans_that_overlap() -> None:
    assert list(merged_spans([(0, 3), (1, 2), (2, 5), (5, 6), (9, 10)])) == [(0, 5), (5, 6), (9, 10)]
    assert list(merged_spans([])) == []
