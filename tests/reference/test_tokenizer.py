from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reference.tokenizer import VOCABULARY_SIZE, ByteLevel, NotUnicode, UnknownToken, utf8_bytes


@given(st.text())
def test_a_text_and_its_tokens_are_the_same_bytes(text: str) -> None:
    assert ByteLevel().decode(list(utf8_bytes(text))) == utf8_bytes(text) == text.encode()


@given(st.lists(st.integers(0, VOCABULARY_SIZE - 1)))
def test_every_id_of_the_vocabulary_is_decoded(tokens: list[int]) -> None:
    assert len(ByteLevel().decode(tokens)) >= len(tokens)


def test_an_id_above_255_stands_for_its_own_bytes() -> None:
    assert ByteLevel().decode([26729]) == b"hi"


def test_zero_is_a_byte() -> None:
    assert ByteLevel().decode([0, 256]) == b"\x00\x01\x00"


@pytest.mark.parametrize("token", [-1, VOCABULARY_SIZE, 2**31, 2**70])
def test_an_id_outside_the_vocabulary_is_unknown(token: int) -> None:
    with pytest.raises(UnknownToken) as caught:
        ByteLevel().decode([104, token])
    assert caught.value.position == 1


def test_a_lone_surrogate_is_not_text() -> None:
    with pytest.raises(NotUnicode) as caught:
        utf8_bytes("ab\ud800")
    assert caught.value.position == 2
