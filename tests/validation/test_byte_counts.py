"""The counts of bytes in long texts are those of ``bytes.count``, or bounds of them."""

from __future__ import annotations

import random

import pytest

from conformance.validation.byte_counts import CHUNK, count_byte, most_quotes_and_commas, opening_brackets


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 7])
def test_counts_are_exact_or_bounds(length: int) -> None:
    text = random.Random(length).randbytes(length)
    for byte in b'",[{\x00\xff':
        assert count_byte(text, bytes([byte])) == text.count(byte)
    assert most_quotes_and_commas(text) >= text.count(b'"') + text.count(b",")
    assert opening_brackets(text) == text.count(b"[") + text.count(b"{")


def test_base64_has_few_of_the_bytes_that_are_counted_besides() -> None:
    text = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" * 1000
    assert most_quotes_and_commas(text) == 1000
