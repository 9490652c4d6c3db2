"""The rules of OpenAPI Overlay 1.1.0, Action Object, one by one."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.errors import ActionFailed
from conformance.contract.overlay import Action, ActionResult, Overlay, apply


def overlay(*actions: dict[str, Any]) -> Overlay:
    read = []
    for position, members in enumerate(actions, 1):
        kind = next(name for name in ("update", "remove", "copy") if name in members)
        read.append(Action(position, members["target"], kind, members[kind], members.get("description", "")))
    return Overlay(Path("test.overlay.yaml"), "test", "1", tuple(read))


def applied(document: dict[str, Any], *actions: dict[str, Any], strict: bool = True) -> dict[str, Any]:
    return apply(overlay(*actions), document, strict=strict)[0]


def results(document: dict[str, Any], *actions: dict[str, Any]) -> list[ActionResult]:
    return apply(overlay(*actions), document, strict=False)[1]


def failure(document: dict[str, Any], *actions: dict[str, Any], strict: bool = False) -> ActionFailed:
    with pytest.raises(ActionFailed) as caught:
        applied(document, *actions, strict=strict)
    return caught.value


def test_an_object_is_merged_member_by_member() -> None:
    document = {"a": {"kept": 1, "changed": 1, "deep": {"kept": 1, "changed": 1}}}
    update = {"changed": 2, "new": 2, "deep": {"changed": 2, "new": {"n": 2}}}
    assert applied(document, {"target": "$.a", "update": update}) == {
        "a": {"kept": 1, "changed": 2, "new": 2, "deep": {"kept": 1, "changed": 2, "new": {"n": 2}}}
    }


def test_an_array_inside_of_a_merged_object_is_concatenated() -> None:
    document = {"a": {"tags": [1, 2]}}
    assert applied(document, {"target": "$.a", "update": {"tags": [2, 3]}}) == {"a": {"tags": [1, 2, 2, 3]}}


def test_an_array_is_concatenated_with_an_array() -> None:
    assert applied({"a": [1]}, {"target": "$.a", "update": [[2], 3]}) == {"a": [1, [2], 3]}


@pytest.mark.parametrize("value", [{"name": "x"}, "x", 1, False, None])
def test_anything_else_is_appended_to_an_array(value: object) -> None:
    assert applied({"a": [1]}, {"target": "$.a", "update": value}) == {"a": [1, value]}


@pytest.mark.parametrize("value", ["x", 1, 1.5, True, None])
def test_a_primitive_value_replaces_a_primitive_value(value: object) -> None:
    assert applied(
        {"a": "old", "b": ["old"]}, {"target": "$.a", "update": value}, {"target": "$.b[0]", "update": value}
    ) == {
        "a": value,
        "b": [value],
    }


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ({}, []),
        ({}, 1),
        ({}, None),
        (1, {}),
        (1, []),
        (None, {}),
        ({"x": 1}, {"x": {}}),
        ({"x": {}}, {"x": 1}),
        ({"x": []}, {"x": {}}),
        ({"x": []}, {"x": 1}),
        ({"x": None}, {"x": []}),
    ],
)
def test_values_of_different_kinds_do_not_merge(target: object, value: object) -> None:
    assert "cannot merge" in failure({"a": target}, {"target": "$.a", "update": value}).reason


def test_all_selected_values_are_updated() -> None:
    document = {"paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {}, "post": {}}}}
    assert applied(document, {"target": "$.paths.*.get", "update": {"safe": True}})["paths"] == {
        "/a": {"get": {"x": 1, "safe": True}},
        "/b": {"get": {"safe": True}, "post": {}},
    }


def test_a_value_that_is_selected_twice_is_updated_once() -> None:
    assert applied({"a": [1]}, {"target": "$['a', 'a']", "update": 2}) == {"a": [1, 2]}


@pytest.mark.parametrize("mixed", [[{}, []], [[], 1], [{}, 1], [{}, None]])
def test_selected_values_of_different_kinds_are_an_error(mixed: list[object]) -> None:
    assert "of one kind" in failure({"a": mixed}, {"target": "$.a[*]", "update": 1}).reason


def test_what_is_inserted_is_not_shared_between_places() -> None:
    first = {"target": "$.*", "update": {"new": {"list": [1]}}}
    second = {"target": "$.a.new.list", "update": 2}
    assert applied({"a": {}, "b": {}}, first, second)["b"] == {"new": {"list": [1]}}


def test_the_root_can_be_updated() -> None:
    assert applied({"a": 1}, {"target": "$", "update": {"b": 2}}) == {"a": 1, "b": 2}


def test_the_root_cannot_be_removed() -> None:
    assert "root" in failure({"a": 1}, {"target": "$", "remove": True}).reason


def test_members_and_items_are_removed_whatever_their_kind() -> None:
    document = {"a": {"x": 1, "y": {}}, "tags": ["keep", "drop", {"name": "drop"}, "drop"]}
    actions = [
        {"target": "$.a['x', 'y']", "remove": True},
        {"target": "$.tags[?@ == 'drop']", "remove": True},
    ]
    assert applied(document, *actions) == {"a": {}, "tags": ["keep", {"name": "drop"}]}


def test_removing_items_does_not_shift_those_behind_them() -> None:
    assert applied({"a": [0, 1, 2, 3, 4]}, {"target": "$.a[0, 2, 4]", "remove": True}) == {"a": [1, 3]}


def test_a_removed_value_inside_of_another_is_gone_with_it() -> None:
    assert applied({"x": {"x": {"y": 1}}, "z": {"x": 2}}, {"target": "$..x", "remove": True}) == {"z": {}}


def test_remove_false_removes_nothing() -> None:
    (result,) = results({"a": 1}, {"target": "$.a", "remove": False})
    assert (result.matched, result.changed) == (1, False)


def test_actions_see_what_the_ones_before_them_did() -> None:
    actions = [
        {"target": "$.a", "remove": True},
        {"target": "$", "update": {"a": []}},
        {"target": "$.a", "update": 1},
    ]
    assert applied({"a": {"old": 1}}, *actions) == {"a": [1]}


def test_copy_merges_a_value_of_the_document() -> None:
    document = {"paths": {"/items": {"get": {"x": [1]}}, "/some-items": {"delete": {}}}}
    copied = applied(document, {"target": "$.paths['/some-items']", "copy": "$.paths['/items']"})
    assert copied["paths"] == {
        "/items": {"get": {"x": [1]}},
        "/some-items": {"delete": {}, "get": {"x": [1]}},
    }


def test_copy_makes_a_copy() -> None:
    actions = [{"target": "$.b", "copy": "$.a"}, {"target": "$.b.list", "update": 2}]
    assert applied({"a": {"list": [1]}, "b": {}}, *actions)["a"] == {"list": [1]}


def test_a_value_is_moved_with_update_copy_and_remove() -> None:
    actions = [
        {"target": "$.paths", "update": {"/new": {}}},
        {"target": "$.paths['/new']", "copy": "$.paths['/old']"},
        {"target": "$.paths['/old']", "remove": True},
    ]
    assert applied({"paths": {"/old": {"get": {}}}}, *actions) == {"paths": {"/new": {"get": {}}}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"b": 1}, [0, {"b": 1}]), ([1, 2], [0, 1, 2]), ("x", [0, "x"]), (None, [0, None])],
)
def test_copy_appends_to_an_array_as_update_does(source: object, expected: list[object]) -> None:
    assert applied({"a": [0], "s": source}, {"target": "$.a", "copy": "$.s"})["a"] == expected


def test_a_value_can_be_copied_into_a_part_of_itself() -> None:
    assert applied({"a": {"b": {}}}, {"target": "$.a.b", "copy": "$.a"}) == {"a": {"b": {"b": {}}}}


def test_copy_of_several_values_is_an_error() -> None:
    assert "2" in failure({"a": {}, "b": [1, 2]}, {"target": "$.a", "copy": "$.b[*]"}).reason


def test_copy_of_nothing_is_skipped_and_reported_or_an_error_when_strict() -> None:
    action = {"target": "$.a", "copy": "$.none"}
    (result,) = results({"a": {}}, action)
    assert (result.matched, result.changed, result.reason) == (1, False, "nothing to copy stands at $.none")
    assert failure({"a": {}}, action, strict=True).reason == result.reason


def test_a_target_that_selects_nothing_is_skipped_and_reported() -> None:
    actions = [{"target": "$.none", "update": {"b": 1}, "description": "why"}, {"target": "$.a", "update": 2}]
    first, second = results({"a": 1}, *actions)
    assert (first.target, first.description, first.matched, first.changed) == ("$.none", "why", 0, False)
    assert first.reason
    assert (second.matched, second.changed, second.reason) == (1, True, "")


@pytest.mark.parametrize("value", [{}, {"x": 1}, {"deep": {"y": [1]}, "x": 1}, {"deep": {"y": []}}])
def test_an_update_that_makes_no_difference_is_reported(value: object) -> None:
    document = {"a": {"x": 1, "deep": {"y": [1]}}}
    (result,) = results(document, {"target": "$.a", "update": value})
    assert result.changed is (value == {"deep": {"y": [1]}, "x": 1})


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, False)])
def test_a_change_of_type_alone_is_a_change(old: object, new: object) -> None:
    (result,) = results({"a": old}, {"target": "$.a", "update": new})
    assert result.changed


@pytest.mark.parametrize(
    "action",
    [
        {"target": "$.none", "update": {"b": 1}},
        {"target": "$.a", "update": {"b": 1}},
        {"target": "$.a", "update": {}},
        {"target": "$.none", "remove": True},
        {"target": "$.a", "remove": False},
        {"target": "$.none", "copy": "$.a"},
    ],
)
def test_an_action_that_does_nothing_is_an_error_when_strict(action: dict[str, Any]) -> None:
    problem = failure({"a": {"b": 1}}, {"target": "$", "update": {"first": 1}}, action, strict=True)
    assert (problem.position, problem.target) == (2, action["target"])
    assert "test.overlay.yaml, action 2" in str(problem)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
ACTIONS = st.sampled_from(["$", "$.a", "$..a", "$.*", "$..[0]", "$.a.b", "$[?@.a]"]).flatmap(
    lambda target: st.one_of(
        JSON_VALUES.map(lambda value: {"target": target, "update": value}),
        st.just({"target": target, "remove": True}),
        st.just({"target": target, "copy": "$.b"}),
    )
)


@given(st.dictionaries(st.sampled_from("abc"), JSON_VALUES), st.lists(ACTIONS, min_size=1, max_size=4))
def test_applying_never_changes_its_input(document: dict[str, Any], actions: list[dict[str, Any]]) -> None:
    before, given_actions = copy.deepcopy(document), copy.deepcopy(actions)
    try:
        changed, outcome = apply(overlay(*actions), document, strict=False)
    except ActionFailed:
        changed, outcome = None, []
    assert (document, actions) == (before, given_actions)
    if outcome and not any(result.changed for result in outcome):
        assert changed == document


def test_the_result_shares_nothing_with_its_input() -> None:
    document = {"a": {"list": [1]}, "b": 1}
    applied(document, {"target": "$.b", "update": 2})["a"]["list"].append(2)
    assert document["a"] == {"list": [1]}


def test_the_traits_example_of_the_specification_comes_out_as_it_says() -> None:
    document = yaml.safe_load(
        "{paths: {/items: {get: {x-oai-traits: [paged], responses: {'200': {description: OK}}}}, "
        "/items/{id}/subitems: {get: {x-oai-traits: [paged], parameters: [{name: id}]}}, /other: {get: {}}}}"
    )
    paged = {"parameters": [{"name": "top"}, {"name": "skip"}]}
    target = "$.paths[?(@.get['x-oai-traits'][?(@ == 'paged')])].get"
    paths = applied(document, {"target": target, "update": paged})["paths"]
    assert paths["/items"]["get"]["parameters"] == [{"name": "top"}, {"name": "skip"}]
    assert paths["/items/{id}/subitems"]["get"]["parameters"] == [
        {"name": "id"},
        {"name": "top"},
        {"name": "skip"},
    ]
    assert paths["/other"] == {"get": {}}
