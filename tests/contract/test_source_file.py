import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.errors import InvalidFile, UnreadableFile
from conformance.contract.openapi import yaml12
from conformance.contract.openapi.json_pointer import join_pointer
from conformance.contract.openapi.source_file import SourceFile, read_file
from conformance.contract.spec_files import vendored_document


def read(folder: Path, text: str | bytes, name: str = "file.yaml") -> SourceFile:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(folder / name)


def error(folder: Path, text: str | bytes, name: str = "file.yaml") -> InvalidFile:
    with pytest.raises(InvalidFile) as caught:
        read(folder, text, name)
    assert str(caught.value).startswith(str(folder / name))
    return caught.value


def test_reads_the_vendored_document_like_pyyaml() -> None:
    path = vendored_document()
    assert read_file(path).value == yaml.safe_load(path.read_text("utf-8"))


def test_rejects_a_duplicate_key_with_both_lines(tmp_path: Path) -> None:
    problem = error(tmp_path, "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert problem.line == 5
    assert "'c'" in str(problem)
    assert "line 3" in str(problem)


def test_rejects_a_duplicate_key_in_json_with_its_line(tmp_path: Path) -> None:
    problem = error(tmp_path, '{\n\t"a": 1,\n\t"b": {},\n\t"a": 2\n}', "file.json")
    assert problem.line == 4
    assert "'a'" in str(problem)


def test_aliases_share_no_values(tmp_path: Path) -> None:
    value = read(tmp_path, "a: &x {list: [1]}\nb: *x\n").value
    value["a"]["list"].append(2)
    assert value["b"] == {"list": [1]}


@pytest.mark.parametrize("text", ["&a [*a]", "a: &x {b: *x, c: *x}"])
def test_rejects_recursive_aliases(tmp_path: Path, text: str) -> None:
    assert "at most" in error(tmp_path, text).expected


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_rejects_deep_nesting(tmp_path: Path, text: str) -> None:
    assert "at most 100 levels" in str(error(tmp_path, text))


def test_rejects_aliases_that_multiply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.contract.openapi.limits.MAX_VALUES", 1_000)
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    assert "at most" in error(tmp_path, "\n".join(lines)).expected


@pytest.mark.parametrize(
    "text", ["a: .nan", "a: .inf", "a: !!binary aGk=", "a: !!timestamp 2024-01-01", "a: !!set {b}"]
)
def test_rejects_values_that_json_lacks(tmp_path: Path, text: str) -> None:
    problem = error(tmp_path, f"first: 1\n{text}")
    assert (problem.line, problem.pointer) == (2, "/a")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2\nb: 3", 2),
        ("a: b: c", 1),
        ("a: !!python/object:os.system {}", 1),
        ("a: 1\n---\nb: 2", 2),
        ("a: *b", 1),
        ("? [a]\n: 1", 1),
        ("a: 1\nb: \t\x01", None),
    ],
)
def test_rejects_invalid_yaml(tmp_path: Path, text: str, line: int | None) -> None:
    assert error(tmp_path, text).line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [("{\n'a': 1}", 2), ('{"a": NaN}', 1), ("", 1), ("[" * 100_000, None), ('{"a":\n1,}', 2)],
)
def test_rejects_invalid_json(tmp_path: Path, text: str, line: int | None) -> None:
    assert error(tmp_path, text, "file.json").line == line


def test_rejects_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(tmp_path / "none.yaml")


def test_rejects_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_file(tmp_path)


def test_rejects_bytes_that_are_not_utf8_with_their_line(tmp_path: Path) -> None:
    assert error(tmp_path, b"a: 1\nb: \xff\n").line == 2


def test_ignores_a_byte_order_mark(tmp_path: Path) -> None:
    assert read(tmp_path, b'\xef\xbb\xbf{"a": 1}', "file.json").value == {"a": 1}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_reading_reverses_writing_of_json(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, json.dumps(value, indent="\t"), "file.json").value == value


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 1), ("/b", 2), ("/b/0", 3), ("/b/1/c", 4), ("/b/1/none", 4), ("/x", 1)],
)
def test_line_of_a_value_is_that_of_its_key(tmp_path: Path, pointer: str, line: int) -> None:
    assert read(tmp_path, "a: 1\nb:\n  - 2\n  - c: 3\n").line(pointer) == line


@pytest.fixture
def _no_libyaml(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.delattr(yaml, "CSafeLoader", raising=False)
        importlib.reload(yaml12)
        yield
    importlib.reload(yaml12)


@pytest.mark.usefixtures("_no_libyaml")
def test_reads_files_without_libyaml(tmp_path: Path) -> None:
    path = vendored_document()
    assert read_file(path).value == yaml.safe_load(path.read_text("utf-8"))
    assert error(tmp_path, "a: 1\na: 2").line == 2
    assert error(tmp_path, '{\n\t"a": 1,\n\t"a": 2\n}', "file.json").line == 3


@pytest.mark.usefixtures("_no_libyaml")
def test_counts_lines_of_json_with_tabs_without_libyaml(tmp_path: Path) -> None:
    assert read(tmp_path, '{\n\t"a": [\n\t\t1,\n\t\t2\n\t]\n}', "file.json").line("/a/1") == 4


def test_counts_lines_of_json_with_tabs(tmp_path: Path) -> None:
    assert read(tmp_path, '{\n\t"a": [\n\t\t1,\n\t\t2\n\t]\n}', "file.json").line("/a/1") == 4


def test_source_text_is_the_text_of_a_value_in_the_file(tmp_path: Path) -> None:
    source = read(tmp_path, "a:\n  b: >\n    one\n    two\n  c: 'x'   # why\n")
    assert source.source_text("/a/b").split() == [">", "one", "two"]
    assert source.source_text("/a/c") == "'x'"
    assert source.source_text("/a/d") == ""


def test_vendored_document_has_source_text_for_its_values() -> None:
    source = read_file(vendored_document())
    pointers = [
        join_pointer(["components", "schemas", name, "type"])
        for name in source.value["components"]["schemas"]
    ]
    assert [source.source_text(pointer) for pointer in pointers] == ["object", "object", "object"]


@pytest.mark.parametrize("name", ["file.yaml", "file.json"])
def test_keys_are_limited(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps({"a": {"k" * 500: 1}}), name).value
    problem = error(tmp_path, json.dumps({"b": {"a": {"k" * 501: 1}}}), name)
    assert (problem.pointer, problem.expected) == ("/b/a", "keys of at most 500 characters")


def test_values_of_json_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.contract.openapi.limits.MAX_VALUES", 5)
    assert read(tmp_path, '[1, 2, ",[{", 4]', "file.json").value
    assert error(tmp_path, "[1, 2, 3, 4, 5]", "file.json").expected == "at most 5 values"


def test_a_large_file_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.contract.openapi.limits.MAX_FILE", 2**20)
    with pytest.raises(UnreadableFile, match=r"it is larger than 1 MiB; remove what"):
        read(tmp_path, " " * (2**20 + 1))


def test_an_integer_of_json_is_limited(tmp_path: Path) -> None:
    assert read(tmp_path, "9" * 300, "file.json").value
    assert error(tmp_path, "9" * 301, "file.json").expected == "an integer of at most 300 digits"
