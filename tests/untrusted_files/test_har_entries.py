"""The entries of a HAR file are found in a stream of any chunks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.auditing import har_entries
from conformance.auditing.har_entries import NoEntries, har_entry_texts

TEXTS = st.text('"\\[]{},:é log', max_size=6)
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS | st.sampled_from(["log", "entries"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS | st.sampled_from(["log", "entries"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def read(text: str, limit: int = 10**6) -> list[Any]:
    return [json.loads(entry) for entry in har_entry_texts(io.BytesIO(text.encode()), limit)]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har_entries, "CHUNK", 3)


@given(st.lists(VALUES), VALUES, VALUES, st.sampled_from([None, 1]))
def test_finds_the_objects_and_arrays(found: list[Any], before: Any, after: Any, indent: int | None) -> None:
    log = {"creator": before, "pages": {"entries": [before]}, "entries": found, "comment": after}
    text = json.dumps({"x": [before], "log": log, "log2": after}, indent=indent, ensure_ascii=False)
    assert read(text) == [value for value in found if isinstance(value, dict | list)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"log": []}',
        '{"log": {"entries": {}}}',
        '{"log": {"pages": {"entries": [{}]}}}',
        '[{"log": {"entries": [{}]}}]',
        '{"a": {"log": {"entries": [{}]}}}',
        '{"log": "entries", "x": [{}]}',
        '{"log',
        "}" * 9 + '{"log": {"entries": [{}]}}',
    ],
)
def test_other_json_has_no_entries(text: str) -> None:
    with pytest.raises(NoEntries, match=r"it has no log\.entries"):
        read(text)


@pytest.mark.parametrize("end", ["", "{", '{"a": "', '{"a": "\\'])
def test_entries_that_end_early_are_an_error(end: str) -> None:
    with pytest.raises(NoEntries, match=r"ends within log\.entries"):
        read('{"log": {"entries": [{}, ' + end)


def test_an_entry_has_a_limit() -> None:
    text = '{"log": {"entries": [%s]}}'
    small = {"a": "x" * 50}
    assert read(text % ",".join([json.dumps(small)] * 9), 100) == [small] * 9
    for large in ('{"a": "%s"}' % ("x" * 500), "[" * 500, '"%s"' % ("x" * 500)):
        with pytest.raises(NoEntries, match="of more than 0 MiB"):
            read(text % large, 100)


def test_a_file_without_brackets_is_not_kept() -> None:
    with pytest.raises(NoEntries, match=r"it has no log\.entries"):
        read(" " * 5_000, 100)
