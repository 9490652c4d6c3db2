import base64
import binascii
import math
import re
import struct
import subprocess
import sys
from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.validation.base64_vectors import (
    EXPECTED,
    Base64Problem,
    Rule,
    decode_base64,
    first_non_finite,
)

FLOATS = st.floats(width=32, allow_nan=False)
CANONICAL = re.compile(
    r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?", re.ASCII
)


def _encoded(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


@given(st.lists(FLOATS, max_size=20))
def test_little_endian_float32_is_decoded_bit_for_bit(numbers: list[float]) -> None:
    vector = decode_base64(_encoded(*numbers))
    assert not isinstance(vector, Base64Problem)
    assert (vector.shape, vector.dtype) == ((len(numbers),), np.dtype(np.float32))
    assert vector.tobytes() == np.array(numbers, np.float32).tobytes()


def test_the_bytes_are_little_endian() -> None:
    vector = decode_base64("AACAPw==")
    assert not isinstance(vector, Base64Problem)
    assert vector.tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "rule", "position"),
    [
        ("data:application/octet-stream;base64,AACAPw==", Rule.DATA_URL, 0),
        ("AACAPw==\n", Rule.WHITESPACE, 8),
        ("AACA\r\nPw==", Rule.WHITESPACE, 4),
        (" AACAPw==", Rule.WHITESPACE, 0),
        ("AAC-Pw==", Rule.URL_SAFE, 3),
        ("AAC_Pw==", Rule.URL_SAFE, 3),
        ("AACé", Rule.ALPHABET, 3),
        ("AAC\x00", Rule.ALPHABET, 3),
        ("[0.1,0.2]", Rule.ALPHABET, 0),
        ("\ud800AAA", Rule.ALPHABET, 0),
        ("AACAPw", Rule.PADDING, 6),
        ("AACAPw=", Rule.PADDING, 6),
        ("AACAPw===", Rule.PADDING, 6),
        ("AACAPwAA====", Rule.PADDING, 8),
        ("AACAP", Rule.PADDING, 5),
        ("A===", Rule.PADDING, 1),
        ("====", Rule.PADDING, 0),
        ("AA==AACA", Rule.PADDING, 2),
        ("=AAA", Rule.PADDING, 0),
        ("AACAPx==", Rule.TRAILING_BITS, 5),
        ("AACAPwB=", Rule.TRAILING_BITS, 6),
        ("AACA", Rule.FLOATS, 4),
        ("AACAPwA=", Rule.FLOATS, 8),
    ],
)
def test_a_problem_has_its_rule_and_position(text: str, rule: Rule, position: int) -> None:
    problem = decode_base64(text)
    assert isinstance(problem, Base64Problem)
    assert (problem.rule, problem.position) == (rule, position)


@given(
    st.text("AQgw+/=", max_size=12)
    | st.text("AQB9-_+/= \n=é", max_size=9)
    | st.text(st.characters(exclude_categories=()), max_size=12)
    | st.binary(max_size=9).map(lambda data: base64.b64encode(data).decode())
)
@example("AAAA====")
@example("AAAA=")
def test_a_text_is_accepted_if_it_is_canonical_and_has_whole_floats(text: str) -> None:
    canonical = bool(CANONICAL.fullmatch(text))
    whole = canonical and len(binascii.a2b_base64(text)) % 4 == 0
    result = decode_base64(text)
    if isinstance(result, Base64Problem):
        assert not whole
        assert (result.rule is Rule.FLOATS) == canonical
        assert 0 <= result.position <= len(text)
    else:
        assert whole


def test_every_rule_has_an_expectation() -> None:
    assert set(EXPECTED) == set(Rule)


def test_a_problem_is_short_for_a_long_text() -> None:
    for text in ("data:" + "A" * 10**6, "A" * 10**6 + "B==", "A" * 10**6 + "é", "A" * 10**6 + "AB=="):
        problem = decode_base64(text)
        assert isinstance(problem, Base64Problem)
        assert len(f"{problem.expected}{problem.found}") < 150
        assert problem.found.isprintable()


@given(st.lists(FLOATS | st.integers() | st.booleans(), max_size=20), st.data())
def test_the_first_number_that_is_not_finite_is_found(numbers: list[float], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(numbers)), max_size=2))
    for place in places:
        numbers.insert(place, data.draw(st.sampled_from([math.nan, math.inf, -math.inf])))
    wanted = next((i for i, number in enumerate(numbers) if not math.isfinite(number)), None)
    assert first_non_finite(numbers) == wanted
    assert first_non_finite(tuple(numbers)) == wanted
    floats = [min(max(float(number), -1e30), 1e30) if math.isfinite(number) else number for number in numbers]
    assert first_non_finite(np.array(floats, np.float32)) == wanted
    assert first_non_finite(array("d", floats)) == wanted


@pytest.mark.parametrize(
    ("vector", "place"),
    [
        ([], None),
        ([10**400, 0.5], None),
        ([-(10**400), 0.5, math.nan], 2),
        ([1.7e308, -1.7e308, 1.7e308], None),
        ([1.7e308, 1.7e308, math.inf], 2),
        ([None, "nan", [math.nan], {}, 0.5], None),
        ([None, math.nan], 1),
        ([np.float32(0.5), np.float32("nan")], 1),
    ],
)
def test_lists_with_any_items_are_searched_without_errors(vector: list[Any], place: int | None) -> None:
    assert first_non_finite(vector) == place


def test_a_decoded_vector_can_be_searched() -> None:
    vector = decode_base64(_encoded(0.5, math.inf, math.nan))
    assert not isinstance(vector, Base64Problem)
    assert first_non_finite(vector) == 1


def test_numpy_and_orjson_are_imported_only_when_needed() -> None:
    code = (
        "import sys, conformance.validation.base64_vectors, conformance.validation.strict_json\n"
        "assert not {'numpy', 'orjson'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
