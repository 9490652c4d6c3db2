from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.reference.embedder import embed_text

GOLDEN = {
    ("hello", "text-embedding-3-small", 1536, None): (
        ["0x1.9584080000000p-7", "-0x1.de47fc0000000p-7", "-0x1.a7b5060000000p-7", "0x1.07f6d80000000p-5"]
    ),
    ("The quick brown fox jumped over the lazy dog", "text-embedding-3-large", 3072, None): (
        ["0x1.2584b60000000p-6", "0x1.2154ae0000000p-5", "0x1.c2251e0000000p-8", "0x1.b211820000000p-6"]
    ),
    ("Grüße 日本", "text-embedding-ada-002", 1536, None): (
        ["-0x1.2930280000000p-6", "-0x1.596f340000000p-11", "-0x1.c7ce520000000p-6", "0x1.225bd60000000p-7"]
    ),
    ("hello", "text-embedding-3-small", 1536, 4): (
        ["0x1.3fa7180000000p-2", "-0x1.7902ce0000000p-2", "-0x1.4dfe060000000p-2", "0x1.a025620000000p-1"]
    ),
}
"""The first numbers of vectors. They are equal on CPython 3.11 to 3.13 with numpy 1.26, 2.4 and 2.5."""


def vector(
    text: str | bytes, *, model: str = "m", size: int = 1536, dimensions: int | None = None
) -> npt.NDArray[np.float32]:
    content = text.encode() if isinstance(text, str) else text
    return embed_text(content, model=model, native_size=size, dimensions=dimensions)


def cosine(one: str, other: str) -> float:
    return float(vector(one) @ vector(other))


@pytest.mark.parametrize(("case", "expected"), GOLDEN.items(), ids=lambda value: str(value[0]))
def test_vectors_are_equal_to_the_recorded_ones_bit_for_bit(
    case: tuple[str, str, int, int | None], expected: list[str]
) -> None:
    text, model, size, dimensions = case
    found = embed_text(text.encode(), model=model, native_size=size, dimensions=dimensions)
    assert [float(number).hex() for number in found[:4]] == expected


@given(st.binary(max_size=400), st.integers(1, 200))
@settings(deadline=None)
def test_every_vector_has_length_one_and_no_zeros_in_any_dimensions(content: bytes, dimensions: int) -> None:
    found = vector(content, size=200, dimensions=dimensions)
    assert found.shape == (dimensions,)
    assert found.dtype == np.float32
    assert np.all(found != 0)
    assert float(np.linalg.norm(found.astype(np.float64))) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("dimensions", [1, 7, 256, 1535])
def test_dimensions_cut_the_native_vector_and_normalize_it(dimensions: int) -> None:
    native = vector("some words").astype(np.float64)[:dimensions]
    np.testing.assert_allclose(
        vector("some words", dimensions=dimensions), native / np.linalg.norm(native), rtol=1e-6
    )


def test_the_native_size_as_dimensions_has_no_effect() -> None:
    assert vector("hello", dimensions=1536).tobytes() == vector("hello").tobytes()


def test_models_have_different_vectors() -> None:
    assert abs(float(vector("hello", model="a") @ vector("hello", model="b"))) < 0.15


@pytest.mark.parametrize("size", [1, 3, 9, 1000])
def test_every_native_size_is_supported(size: int) -> None:
    assert vector("hello world", size=size).shape == (size,)


LONG = "lorem ipsum dolor sit amet " * 300
SIMILAR = [
    "",
    " ",
    "a",
    "A",
    "b",
    "a b",
    "b a",
    "a a",
    "!",
    "?",
    LONG,
    f"{LONG}x",
    f"x{LONG}",
    f"{LONG}y",
    f"{LONG}x y",
    "日本",
    "本日",
]


def test_similar_texts_have_different_vectors() -> None:
    assert max(cosine(one, other) for one, other in combinations(SIMILAR, 2)) < 0.95


def test_texts_that_share_words_are_nearer_than_other_texts() -> None:
    text = "The food was delicious and the waiter was kind."
    near = cosine(text, "A kind waiter brought delicious food")
    assert near > 0.4
    assert (
        near
        > cosine(text, "A kind of metal that rusts")
        > cosine(text, "Stock prices fell sharply today") + 0.05
    )


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert cosine("東京は日本の首都です", "日本の首都は東京です") > 0.5


def test_bytes_that_are_not_text_are_embedded() -> None:
    assert vector(b"\xff\xfe\x00").shape == (1536,)
