"""The file of a snapshot: one form, a published schema, and one sentence for any other content."""

from __future__ import annotations

import json
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from conformance.contract.spec_files import spec_file
from conformance.drift import (
    MAX_NAME,
    Record,
    Snapshot,
    Text,
    UnreadableSnapshot,
    packaged_texts,
    read_snapshot,
    snapshot_text,
)

SCHEMA = json.loads(spec_file("schemas/snapshot.schema.json").read_text("utf-8"))
MIB = 2**20


def snapshot(length: int = 4, texts: int = 3) -> Snapshot:
    random = np.random.default_rng(0)
    records = tuple(
        Record(
            Text(f"t{n}", "word", f"text {n}"),
            random.normal(size=length).astype(np.float32),
            n,
            0.00012,
            0.1,
            0.0,
        )
        for n in range(texts)
    )
    short = {"t0": random.normal(size=2).astype(np.float32)}
    return Snapshot("1.0", "a-model", None, length, records, 2, short, ("float",), 32)


def document() -> Any:
    return json.loads(snapshot_text(snapshot()))


def read(content: bytes | str, tmp_path: Path) -> Snapshot:
    file = tmp_path / "s.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_snapshot(file)


def test_a_file_has_everything_that_was_recorded(tmp_path: Path) -> None:
    one = snapshot()
    records = (*one.records, Record(Text("long", "long", "a b c", "t1"), None, None))
    one = replace(one, records=records)
    again = read(snapshot_text(one), tmp_path)
    assert snapshot_text(again) == snapshot_text(one)
    assert [record.text for record in again.records] == [record.text for record in one.records]
    assert all(np.array_equal(again.vectors[id], vector) for id, vector in one.vectors.items())
    assert np.array_equal(again.shortened["t0"], one.shortened["t0"])


def test_a_file_conforms_to_its_schema() -> None:
    assert list(Draft202012Validator(SCHEMA).iter_errors(document())) == []


def test_the_schema_describes_every_member() -> None:
    assert Draft202012Validator.check_schema(SCHEMA) is None
    assert {*document()} == {*SCHEMA["properties"]}


def test_the_command_and_the_schema_allow_the_same_names() -> None:
    assert SCHEMA["properties"]["model"]["maxLength"] == MAX_NAME


def test_a_snapshot_of_3072_numbers_has_at_most_4_mb() -> None:
    vector = np.random.default_rng(0).normal(size=3072).astype(np.float32)
    records = tuple(Record(text, vector, 8_192, 0.00012, 0.00012, 0.00012) for text in packaged_texts())
    short = {text.id: vector[:1536] for text in packaged_texts()[:23]}
    whole = Snapshot("1.0", "a-model", "a-model", 3072, records, 1536, short, ("float", "base64"), 32)
    assert len(snapshot_text(whole).encode()) < 4_000_000


def _changed(change: Callable[[Any], None]) -> str:
    value = document()
    change(value)
    return json.dumps(value)


def _vector(numbers: list[float]) -> str:
    return b64encode(np.array(numbers, "<f4").tobytes()).decode()


def _set(member: str, value: object) -> Callable[[Any], None]:
    return lambda document: document["texts"][0].update({member: value})


def _broken() -> Iterator[tuple[str, bytes | str, str]]:
    whole = snapshot_text(snapshot())
    yield "empty", "", "invalid JSON"
    yield "cut", whole[: len(whole) // 2], "invalid JSON"
    yield "not UTF-8", b"\xff" * 10, "invalid JSON"
    yield "another file", '{"format": 1, "requirements": []}', "no member 'snapshot'"
    yield "a list", "[]", "no member 'snapshot'"
    yield "newer", _changed(lambda d: d.update(snapshot=2)), "newer than 1"
    yield "older", _changed(lambda d: d.update(snapshot=0)), "older than 1"
    yield "a large version", '{"snapshot": ' + "9" * 300 + "}", "newer than 1"
    yield "without texts", _changed(lambda d: d.update(texts=[])), "minItems"
    yield (
        "no vector",
        _changed(lambda d: d.update(texts=[{"id": "a", "kind": "b", "text": "c", "rejected": True}])),
        "no text has a vector",
    )
    yield "duplicate ids", _changed(lambda d: d["texts"].append(d["texts"][0])), "each id must occur once"
    yield "another length", _changed(lambda d: d.update(length=5)), "4 numbers instead of 5"
    yield "a huge length", _changed(lambda d: d.update(length=10**9)), "maximum"
    yield "NaN", _changed(_set("vector", _vector([1, 2, float("nan"), 4]))), "NaN, infinite or too large"
    yield "infinity", _changed(_set("vector", _vector([1, 2, float("inf"), 4]))), "NaN, infinite or too large"
    yield "large numbers", _changed(_set("vector", _vector([1e30] * 4))), "NaN, infinite or too large"
    yield "zeros", _changed(_set("vector", _vector([0] * 4))), "is zero"
    yield "not base64", _changed(_set("vector", "!!!")), "RFC 4648"
    yield "half a number", _changed(_set("vector", b64encode(b"abc").decode())), "multiple of 4 bytes"
    yield "a vector as numbers", _changed(_set("vector", [1, 2, 3, 4])), "type"
    yield "negative noise", _changed(_set("noise", -1)), "minimum"
    yield "a lone surrogate", _changed(lambda d: d.update(suite="S")).replace('"S"', '"\\ud800"'), "surrogate"
    yield "deep", "[" * 200_000, "8 levels"
    yield "deep in a member", _changed(lambda d: d.update(more=[[[[[[[[[]]]]]]]]])), "8 levels"
    yield "many values", '{"snapshot": 1, "texts": [' + "1," * 1_000_000 + "1]}", "more than 30,000 values"
    yield "many texts", _changed(lambda d: d.update(texts=d["texts"] * 1_000)), "30,000 values"
    yield "65 MiB", b" " * (65 * MIB), "larger than 64 MiB"
    yield "a long text", _changed(_set("text", "a" * 50_001)), "maxLength"
    yield (
        "shortened without a length",
        _changed(lambda d: d["options"].update(dimensions=None)),
        "dimensions: missing",
    )
    yield "a number of 5,000 digits", '{"snapshot": 1, "a": ' + "9" * 5_000 + "}", "640 digits"


BROKEN = {name: (content, says) for name, content, says in _broken()}


@pytest.mark.parametrize("name", BROKEN)
def test_any_other_content_is_one_sentence_in_bounded_memory(name: str, tmp_path: Path) -> None:
    content, says = BROKEN[name]
    file = tmp_path / "s.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    tracemalloc.start()
    with pytest.raises(UnreadableSnapshot) as caught:
        read_snapshot(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sentence = str(caught.value)
    assert says in sentence
    assert str(file) in sentence
    assert "\n" not in sentence
    assert len(sentence) < 600
    assert most < 100 * MIB + 2 * len(content)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSnapshot, match="check the path"):
        read_snapshot(tmp_path / "missing")
    with pytest.raises(UnreadableSnapshot):
        read_snapshot(tmp_path)
