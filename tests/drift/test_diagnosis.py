"""Each likely cause is named for a server with that fault, from plain faults to some that are barely above noise."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file
from conformance.drift import Observation, compare_snapshot, likely_causes
from conformance.drift.symptoms import SYMPTOMS
from conformance.drift.text_features import script_of, without_accents
from tests.drift.simulated import (
    LENGTH,
    Embed,
    Vector,
    bfloat16,
    blended,
    correct_snapshot,
    embedded,
    leaking,
    observed,
    of_replicas,
    pooled,
    quantized,
    snapshot_from,
    unit,
)
from tests.sampling import sampled

TABLE = read_file(spec_file("diagnosis.yaml")).value
STRENGTHS = (1.0, 0.3, 0.1)
WEAK = (0.3, 0.1, 0.05, 0.03)

Case = tuple[str, Callable[[], Observation]]
"""The name of the cause, and a server with that fault."""


def _cases() -> Iterator[tuple[str, Case]]:
    yield from _of_numbers()
    yield from _of_forms()
    yield from _of_texts()
    yield from _of_models()


def _served(one: Embed) -> Callable[[], Observation]:
    return lambda: observed(one)


def _of_numbers() -> Iterator[tuple[str, Case]]:
    for length in (LENGTH - 1, LENGTH // 2, 24):
        yield f"cut to {length}", ("cut", _served(partial(_cut, length=length)))
    yield "zeros at the end", ("cut", _served(lambda t: np.r_[embedded(t)[:150], np.zeros(LENGTH - 150)]))
    for factor in (20.0, 3.0, 1.1, 1.02):
        yield f"norm {factor}", ("normalization", _served(partial(_scaled, factor=factor)))
    yield "norms of different texts differ", ("normalization", _served(_unevenly_scaled))
    for bits in (8, 7, 6, 5, 4, 3, 2):
        yield f"{bits} bits", ("quantized", _served(quantized(bits)))
    yield "binary", ("quantized", _served(lambda t: np.sign(embedded(t))))
    for size in (0.2, 0.05):
        yield f"random errors of {size}", ("quantized", _served(partial(_with_errors, size=size)))
    yield "bfloat16", ("16-bit", _served(bfloat16))
    yield "float16", ("16-bit", _served(lambda t: embedded(t).astype(np.float16).astype(float)))
    yield "swapped bytes", ("byte-order", _served(_swapped))
    yield "swapped bytes in base64", ("byte-order", lambda: observed(base64=_swapped))


def _of_forms() -> Iterator[tuple[str, Case]]:
    for strength in (0.5, 0.1, 0.03):
        yield f"padding {strength}", ("padding", partial(observed, batch=leaking(strength)))
    for number in (2, 3, 5):
        for strength in (1.0, *WEAK):
            name = f"1 of {number} replicas, {strength}"
            yield name, ("replica", partial(_replicas, strength, number))


def _of_texts() -> Iterator[tuple[str, Case]]:
    for prefix in ("query: ", "the ", "Represent this sentence for retrieval: "):
        for strength in STRENGTHS:
            yield f"prefix {prefix!r} {strength}", ("prefix", _texts(prefix.__add__, strength))
    changes: dict[str, tuple[str, Callable[[str], str]]] = {
        "lowercase": ("lowercase", str.lower),
        "without accents": ("accents", _without_accents),
        "uncased": ("lowercase", lambda text: without_accents(text.lower())),
        "white space": ("whitespace", lambda text: " ".join(text.split())),
        "NFKC": ("unicode", partial(unicodedata.normalize, "NFKC")),
    }
    for name, (cause, change) in changes.items():
        for strength in STRENGTHS:
            yield f"{name} {strength}", (cause, _texts(change, strength))
    for words in (16, 50, 100, 300, 500, 700):
        yield f"{words} words", ("truncation", _texts(partial(_first_words, count=words), 1.0))
    for scripts in (("cjk", "hiragana", "katakana", "hangul"), ("arabic",), ("cyrillic", "greek"), ("thai",)):
        for strength in (1.0, 0.1):
            yield f"{scripts[0]} {strength}", ("tokenizer", _scripts(scripts, blended(_other, strength)))
    for mode in ("mean", "first", "last", "max"):
        for strength in STRENGTHS:
            yield f"{mode} {strength}", ("pooling", _served(blended(pooled(mode), strength)))


def _of_models() -> Iterator[tuple[str, Case]]:
    for strength in (1.0, 0.5, 0.2, *WEAK[1:]):
        yield f"another model {strength}", ("model", _served(blended(_other, strength)))
    for length in (LENGTH // 2, 2 * LENGTH):
        yield f"a model of {length}", ("model", _served(partial(embedded, model="other", length=length)))
    yield "opposite", ("model", _served(lambda t: -embedded(t)))
    order = np.random.default_rng(3).permutation(LENGTH)
    yield "another order", ("model", _served(lambda t: embedded(t)[order]))


def _cut(text: str, length: int) -> Vector:
    return unit(embedded(text)[:length])


def _scaled(text: str, factor: float) -> Vector:
    return embedded(text) * factor


def _unevenly_scaled(text: str) -> Vector:
    return embedded(text) * (3 + 2 * Random(text).random())


def _replicas(strength: float, number: int) -> Observation:
    return observed(of_replicas(blended(_other, strength), number))


def _other(text: str) -> Vector:
    return embedded(text, "another-model")


def _swapped(text: str) -> Vector:
    with np.errstate(all="ignore"):
        found: Vector = embedded(text).astype(np.float32).byteswap().astype(np.float64)
        return found


def _with_errors(text: str, size: float) -> Vector:
    errors = np.random.default_rng([*text.encode()]).normal(size=LENGTH)
    found: Vector = embedded(text) + size / np.sqrt(LENGTH) * errors
    return found


def _texts(change: Callable[[str], str], strength: float) -> Callable[[], Observation]:
    return lambda: observed(blended(lambda text: embedded(change(text)), strength))


def _without_accents(text: str) -> str:
    bare = without_accents(text)
    return text if bare == unicodedata.normalize("NFD", text) else unicodedata.normalize("NFC", bare)


def _first_words(text: str, count: int) -> str:
    words = text.split()
    return text if len(words) <= count else " ".join(words[:count])


def _scripts(scripts: tuple[str, ...], change: Callable[[str], Vector]) -> Callable[[], Observation]:
    return lambda: observed(lambda text: change(text) if script_of(text) in scripts else embedded(text))


CASES = dict(_cases())
SAMPLE = (
    "cut to 255",
    "norm 1.02",
    "6 bits",
    "bfloat16",
    "swapped bytes in base64",
    "padding 0.03",
    "1 of 3 replicas, 0.05",
    "prefix 'query: ' 0.3",
    "lowercase 0.1",
    "without accents 0.3",
    "white space 0.3",
    "NFKC 0.3",
    "300 words",
    "thai 0.1",
    "mean 0.1",
    "another model 0.05",
)
"""A weak case of each cause."""


@pytest.mark.parametrize("name", sampled(CASES, SAMPLE))
def test_a_fault_is_named(name: str) -> None:
    cause, observe = CASES[name]
    found = likely_causes(compare_snapshot(correct_snapshot(), observe()))
    assert [one.name for one in found][:1] == [cause], [one.symptom for one in found]


def test_a_recorded_cut_is_named_when_it_ends() -> None:
    snapshot = snapshot_from(lambda text: unit(embedded(text)[:100]))
    (cause,) = likely_causes(compare_snapshot(snapshot, observed()))
    assert cause.name == "cut"
    assert "100" in cause.likely


def test_normalization_that_is_added_is_named() -> None:
    snapshot = snapshot_from(lambda text: 7 * embedded(text))
    (cause,) = likely_causes(compare_snapshot(snapshot, observed()))
    assert (cause.name, cause.symptom) == ("normalization", "now-normalized")


def test_every_symptom_of_the_table_can_be_found() -> None:
    assert {entry["symptom"] for entry in TABLE["causes"]} == SYMPTOMS.keys()


def test_the_table_conforms_to_its_schema() -> None:
    schema = Draft202012Validator(read_file(spec_file("schemas/diagnosis.schema.yaml")).value)
    assert list(schema.iter_errors(TABLE)) == []


def test_identical_vectors_have_no_cause() -> None:
    assert likely_causes(compare_snapshot(correct_snapshot(), observed())) == []


def test_recorded_zeros_at_the_end_are_no_cut() -> None:
    snapshot = snapshot_from(lambda text: np.pad(embedded(text), (0, LENGTH)))
    now = observed(lambda text: np.pad(unit(embedded(text) + 1e-3 * embedded("x")), (0, LENGTH)))
    assert "cut" not in [cause.name for cause in likely_causes(compare_snapshot(snapshot, now))]
