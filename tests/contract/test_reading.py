import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.errors import Malformed
from conformance.contract.openapi import yaml12
from conformance.contract.openapi.json_pointer import join
from conformance.contract.openapi.source_file import SourceFile, read_file
from conformance.contract.spec_files import vendored_document


def read(folder: Path, text: str | bytes, name: str = "file.yaml") -> SourceFile:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(folder / name)


def complaint(folder: Path, text: str | bytes, name: str = "file.yaml") -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(folder, text, name)
    assert str(caught.value).startswith(str(folder / name))
    return caught.value


def test_the_vendored_document_reads_as_pyyaml_reads_it() -> None:
    path = vendored_document()
    assert read_file(path).value == yaml.safe_load(path.read_text("utf-8"))


def test_a_key_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    problem = complaint(tmp_path, "a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")
    assert problem.line == 5
    assert "'c'" in str(problem)
    assert "line 3" in str(problem)


def test_a_key_that_stands_twice_in_json_is_refused_with_its_line(tmp_path: Path) -> None:
    problem = complaint(tmp_path, '{\n\t"a": 1,\n\t"b": {},\n\t"a": 2\n}', "file.json")
    assert problem.line == 4
    assert "'a'" in str(problem)


def test_values_behind_one_alias_are_not_shared(tmp_path: Path) -> None:
    value = read(tmp_path, "a: &x {list: [1]}\nb: *x\n").value
    value["a"]["list"].append(2)
    assert value["b"] == {"list": [1]}


@pytest.mark.parametrize("text", ["&a [*a]", "a: &x {b: *x, c: *x}"])
def test_an_alias_that_contains_itself_is_refused(tmp_path: Path, text: str) -> None:
    assert "at most" in complaint(tmp_path, text).expected


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_nesting_that_would_overflow_the_stack_is_refused(tmp_path: Path, text: str) -> None:
    assert "more than 100 levels" in str(complaint(tmp_path, text))


def test_aliases_that_multiply_each_other_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.contract.openapi.source_file._LARGEST", 1_000)
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    assert "at most" in complaint(tmp_path, "\n".join(lines)).expected


@pytest.mark.parametrize(
    "text", ["a: .nan", "a: .inf", "a: !!binary aGk=", "a: !!timestamp 2024-01-01", "a: !!set {b}"]
)
def test_a_value_that_json_does_not_have_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    problem = complaint(tmp_path, f"first: 1\n{text}")
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
def test_what_is_no_yaml_is_refused(tmp_path: Path, text: str, line: int | None) -> None:
    assert complaint(tmp_path, text).line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [("{\n'a': 1}", 2), ('{"a": NaN}', 1), ("", 1), ("[" * 100_000, None), ('{"a":\n1,}', 2)],
)
def test_what_is_no_json_is_refused(tmp_path: Path, text: str, line: int | None) -> None:
    assert complaint(tmp_path, text, "file.json").line == line


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="a file that can be read"):
        read_file(tmp_path / "none.yaml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="a file that can be read"):
        read_file(tmp_path)


def test_bytes_that_are_no_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    assert complaint(tmp_path, b"a: 1\nb: \xff\n").line == 2


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert read(tmp_path, b'\xef\xbb\xbf{"a": 1}', "file.json").value == {"a": 1}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_reads_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, json.dumps(value, indent="\t"), "file.json").value == value


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 1), ("/b", 2), ("/b/0", 3), ("/b/1/c", 4), ("/b/1/none", 4), ("/x", 1)],
)
def test_the_line_of_a_value_is_that_of_its_key(tmp_path: Path, pointer: str, line: int) -> None:
    assert read(tmp_path, "a: 1\nb:\n  - 2\n  - c: 3\n").line(pointer) == line


@pytest.fixture
def _no_libyaml(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.delattr(yaml, "CSafeLoader", raising=False)
        importlib.reload(yaml12)
        yield
    importlib.reload(yaml12)


@pytest.mark.usefixtures("_no_libyaml")
def test_files_are_read_alike_without_libyaml(tmp_path: Path) -> None:
    path = vendored_document()
    assert read_file(path).value == yaml.safe_load(path.read_text("utf-8"))
    assert complaint(tmp_path, "a: 1\na: 2").line == 2
    assert complaint(tmp_path, '{\n\t"a": 1,\n\t"a": 2\n}', "file.json").line == 3


@pytest.mark.usefixtures("_no_libyaml")
def test_lines_of_json_are_counted_past_tabs_without_libyaml(tmp_path: Path) -> None:
    assert read(tmp_path, '{\n\t"a": [\n\t\t1,\n\t\t2\n\t]\n}', "file.json").line("/a/1") == 4


def test_lines_of_json_are_counted_past_tabs(tmp_path: Path) -> None:
    assert read(tmp_path, '{\n\t"a": [\n\t\t1,\n\t\t2\n\t]\n}', "file.json").line("/a/1") == 4


def test_a_passage_is_the_text_of_a_value_as_the_file_has_it(tmp_path: Path) -> None:
    source = read(tmp_path, "a:\n  b: >\n    one\n    two\n  c: 'x'   # why\n")
    assert source.passage("/a/b").split() == [">", "one", "two"]
    assert source.passage("/a/c") == "'x'"
    assert source.passage("/a/d") == ""


def test_every_value_of_the_vendored_document_has_a_passage() -> None:
    source = read_file(vendored_document())
    pointers = [
        join(["components", "schemas", name, "type"]) for name in source.value["components"]["schemas"]
    ]
    assert [source.passage(pointer) for pointer in pointers] == ["object", "object", "object"]
