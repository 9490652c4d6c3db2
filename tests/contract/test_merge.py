"""The merge rules of OpenAPI Overlay 1.1.0, Action Object, one by one."""

from typing import Any

import pytest

from conformance.contract.overlay.jsonpath import Location
from conformance.contract.overlay.merge import MergeError, remove_values, update_values

A: list[Location] = [("a",)]


def updated(document: dict[str, Any], value: object, places: list[Location] = A) -> dict[str, Any]:
    update_values(document, places, value)
    return document


def test_merges_objects_by_member() -> None:
    document = {"a": {"kept": 1, "changed": 1, "deep": {"kept": 1, "changed": 1}}}
    value = {"changed": 2, "new": 2, "deep": {"changed": 2, "new": {"n": 2}}}
    assert updated(document, value) == {
        "a": {"kept": 1, "changed": 2, "new": 2, "deep": {"kept": 1, "changed": 2, "new": {"n": 2}}}
    }


def test_concatenates_arrays_inside_merged_objects() -> None:
    assert updated({"a": {"tags": [1, 2]}}, {"tags": [2, 3]}) == {"a": {"tags": [1, 2, 2, 3]}}


def test_concatenates_arrays() -> None:
    assert updated({"a": [1]}, [[2], 3]) == {"a": [1, [2], 3]}


@pytest.mark.parametrize("value", [{"name": "x"}, "x", 1, False, None])
def test_appends_other_values_to_an_array(value: object) -> None:
    assert updated({"a": [1]}, value) == {"a": [1, value]}


@pytest.mark.parametrize("value", ["x", 1, 1.5, True, None])
def test_replaces_primitive_values(value: object) -> None:
    assert updated({"a": "old", "b": ["old"]}, value, [("a",), ("b", 0)]) == {"a": value, "b": [value]}


@pytest.mark.parametrize("value", [[], 1, None])
def test_rejects_other_values_for_an_object(value: object) -> None:
    with pytest.raises(MergeError, match="cannot merge"):
        updated({"a": {}}, value)


@pytest.mark.parametrize("value", [[], {}])
@pytest.mark.parametrize("target", [1, None])
def test_rejects_other_values_for_a_primitive_value(target: object, value: object) -> None:
    with pytest.raises(MergeError, match="cannot merge"):
        updated({"a": target}, value)


@pytest.mark.parametrize(("target", "value"), [(1, {}), ({}, 1), ([], {}), ([], 1), (None, []), ({}, None)])
def test_rejects_members_of_different_kinds(target: object, value: object) -> None:
    with pytest.raises(MergeError, match="/x/y"):
        updated({"a": {"x": {"y": target}}}, {"x": {"y": value}})


def test_each_location_gets_its_own_copy() -> None:
    document = updated({"a": {}, "b": {}}, {"new": [1]}, [("a",), ("b",)])
    document["a"]["new"].append(2)
    assert document["b"] == {"new": [1]}


def test_each_array_gets_its_own_copies() -> None:
    document = updated({"a": [], "b": []}, [{"x": 1}], [("a",), ("b",)])
    document["a"][0]["x"] = 2
    assert document["b"] == [{"x": 1}]


@pytest.mark.parametrize("mixed", [[{}, []], [[], 1], [{}, 1], [{}, None]])
def test_rejects_locations_of_different_kinds(mixed: list[object]) -> None:
    with pytest.raises(MergeError, match="of one kind"):
        updated({"a": mixed}, 1, [("a", 0), ("a", 1)])


@pytest.mark.parametrize("value", [{}, {"x": 1}, {"deep": {}}, {"deep": {"y": []}}])
def test_reports_no_change_for_an_equal_value(value: object) -> None:
    assert not update_values({"a": {"x": 1, "deep": {"y": [1]}}}, A, value)


@pytest.mark.parametrize("value", [{"x": 2}, {"z": None}, {"deep": {"y": [1]}}, {"x": 1, "deep": {"z": 1}}])
def test_reports_a_change(value: object) -> None:
    assert update_values({"a": {"x": 1, "deep": {"y": [1]}}}, A, value)


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, False)])
def test_reports_a_change_of_type(old: object, new: object) -> None:
    assert update_values({"a": old}, A, new)


def test_removes_members_and_items_of_any_kind() -> None:
    document = {"a": {"x": 1, "y": {}}, "tags": ["keep", "drop", {}]}
    assert remove_values(document, [("a", "x"), ("a", "y"), ("tags", 1), ("tags", 2)])
    assert document == {"a": {}, "tags": ["keep"]}


def test_removes_items_by_their_original_indices() -> None:
    document = {"a": [0, 1, 2, 3, 4]}
    remove_values(document, [("a", 0), ("a", 2), ("a", 4)])
    assert document == {"a": [1, 3]}


def test_removes_nested_values() -> None:
    document = {"x": {"x": {"y": 1}}, "z": 2}
    remove_values(document, [("x",), ("x", "x")])
    assert document == {"z": 2}


def test_root_cannot_be_removed() -> None:
    with pytest.raises(MergeError, match="root"):
        remove_values({"a": 1}, [()])
