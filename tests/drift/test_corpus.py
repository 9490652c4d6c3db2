"""The packaged texts, and those of a user."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.drift import packaged_texts, read_texts
from conformance.drift.sending import SOME, evenly_spread
from conformance.drift.text_features import script_of
from conformance.errors import ConfigurationError


def test_ids_are_unique_and_pairs_are_mutual() -> None:
    texts = {text.id: text for text in packaged_texts()}
    assert len(texts) == len(packaged_texts())
    assert all(texts[text.pair].pair == text.id for text in packaged_texts() if text.pair)


def test_texts_differ() -> None:
    assert len({text.text for text in packaged_texts()}) == len(packaged_texts())


def test_there_are_texts_of_each_kind_from_one_word_to_700() -> None:
    words = [len(text.text.split()) for text in packaged_texts()]
    assert min(words) == 1
    assert max(words) > 700
    assert min(Counter(text.kind for text in packaged_texts()).values()) >= 5
    assert len({script_of(text.text) for text in packaged_texts()}) >= 12


def test_some_texts_are_of_most_kinds() -> None:
    assert len({text.kind for text in evenly_spread(packaged_texts(), SOME)}) >= 8


def test_own_texts_have_ids_or_get_the_number_of_their_line(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text('{"text": "one"}\n\n{"id": "b", "kind": "title", "text": "two"}\n"three"\n', "utf-8")
    assert [(t.id, t.kind, t.text) for t in read_texts(file)] == [
        ("own.1", "own", "one"),
        ("b", "title", "two"),
        ("own.4", "own", "three"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no texts"),
        (b"{", "must be a JSON object with strings"),
        (b'{"text": 1}', "must be a JSON object with strings"),
        (b'{"text": "\\ud800"}', "must be a JSON object with strings"),
        (b"[" * 100_000, "must be a JSON object with strings"),
        (b'{"text": ""}', "an empty or too long value"),
        (b'{"text": "' + b"a" * 50_001 + b'"}', "an empty or too long value"),
        (b'{"id": "word.river", "text": "a"}', "occurs twice"),
        (b'{"id": "a", "text": "a"}\n{"id": "a", "text": "b"}', "occurs twice"),
        (b'{"text": "a"}\n' * 1_000, "has more than"),
        (b"\xff", "UTF-8"),
        (b" " * 9_000_000, "larger than 8 MiB"),
    ],
)
def test_wrong_texts_are_one_sentence(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=says) as caught:
        read_texts(file, packaged_texts())
    assert str(file) in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="check the path"):
        read_texts(tmp_path / "missing")
