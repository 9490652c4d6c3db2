"""The effects of actions, and the reports on actions without an effect."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.errors import ActionFailed
from conformance.contract.overlay.document import Action, ActionResult, Overlay, apply_overlay


def overlay(*actions: Mapping[str, Any]) -> Overlay:
    read = []
    for position, members in enumerate(actions, 1):
        kind: Any = next(name for name in ("update", "remove", "copy") if name in members)
        read.append(Action(position, members["target"], kind, members[kind], members.get("description", "")))
    return Overlay(Path("test.overlay.yaml"), "test", "1", tuple(read))


def applied(document: dict[str, Any], *actions: Mapping[str, Any], strict: bool = True) -> dict[str, Any]:
    return apply_overlay(overlay(*actions), document, strict=strict)[0]


def results(document: dict[str, Any], *actions: Mapping[str, Any]) -> list[ActionResult]:
    return apply_overlay(overlay(*actions), document, strict=False)[1]


def failure(document: dict[str, Any], *actions: Mapping[str, Any], strict: bool = False) -> ActionFailed:
    with pytest.raises(ActionFailed) as caught:
        applied(document, *actions, strict=strict)
    return caught.value


def test_updates_all_selected_values() -> None:
    document = {"paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {}, "post": {}}}}
    assert applied(document, {"target": "$.paths.*.get", "update": {"safe": True}})["paths"] == {
        "/a": {"get": {"x": 1, "safe": True}},
        "/b": {"get": {"safe": True}, "post": {}},
    }


def test_updates_a_value_selected_twice_once() -> None:
    assert applied({"a": [1]}, {"target": "$['a', 'a']", "update": 2}) == {"a": [1, 2]}


def test_removes_members_and_items_of_any_kind() -> None:
    document = {"a": {"x": 1, "y": {}}, "tags": ["keep", "drop", {"name": "drop"}, "drop"]}
    actions: list[dict[str, Any]] = [
        {"target": "$.a['x', 'y']", "remove": True},
        {"target": "$.tags[?@ == 'drop']", "remove": True},
    ]
    assert applied(document, *actions) == {"a": {}, "tags": ["keep", {"name": "drop"}]}


def test_remove_false_removes_nothing() -> None:
    (result,) = results({"a": 1}, {"target": "$.a", "remove": False})
    assert (result.matched, result.changed) == (1, False)


def test_actions_see_the_effects_of_earlier_actions() -> None:
    actions: list[dict[str, Any]] = [
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
    actions: list[dict[str, Any]] = [{"target": "$.b", "copy": "$.a"}, {"target": "$.b.list", "update": 2}]
    assert applied({"a": {"list": [1]}, "b": {}}, *actions)["a"] == {"list": [1]}


def test_update_copy_and_remove_can_move_a_value() -> None:
    actions: list[dict[str, Any]] = [
        {"target": "$.paths", "update": {"/new": {}}},
        {"target": "$.paths['/new']", "copy": "$.paths['/old']"},
        {"target": "$.paths['/old']", "remove": True},
    ]
    assert applied({"paths": {"/old": {"get": {}}}}, *actions) == {"paths": {"/new": {"get": {}}}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [({"b": 1}, [0, {"b": 1}]), ([1, 2], [0, 1, 2]), ("x", [0, "x"]), (None, [0, None])],
)
def test_copy_appends_to_an_array(source: object, expected: list[object]) -> None:
    assert applied({"a": [0], "s": source}, {"target": "$.a", "copy": "$.s"})["a"] == expected


def test_copies_a_value_into_itself() -> None:
    assert applied({"a": {"b": {}}}, {"target": "$.a.b", "copy": "$.a"}) == {"a": {"b": {"b": {}}}}


def test_copy_uses_the_value_before_the_action() -> None:
    assert applied({"a": [1], "b": [2]}, {"target": "$.*", "copy": "$.a"}) == {"a": [1, 1], "b": [2, 1]}


def test_rejects_copy_of_several_values() -> None:
    assert "2" in failure({"a": {}, "b": [1, 2]}, {"target": "$.a", "copy": "$.b[*]"}).reason


def test_copy_of_nothing_is_skipped_unless_strict() -> None:
    action = {"target": "$.a", "copy": "$.none"}
    (result,) = results({"a": {}}, action)
    assert (result.matched, result.changed, result.reason) == (1, False, "there is nothing to copy at $.none")
    assert failure({"a": {}}, action, strict=True).reason == result.reason


def test_skips_and_reports_a_target_without_matches() -> None:
    actions: list[dict[str, Any]] = [
        {"target": "$.none", "update": {"b": 1}, "description": "why"},
        {"target": "$.a", "update": 2},
    ]
    first, second = results({"a": 1}, *actions)
    assert (first.target, first.description, first.matched, first.changed) == ("$.none", "why", 0, False)
    assert first.reason
    assert (second.matched, second.changed, second.reason) == (1, True, "")


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
def test_strict_rejects_an_action_without_effect(action: dict[str, Any]) -> None:
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
        changed, outcome = apply_overlay(overlay(*actions), document, strict=False)
    except ActionFailed:
        changed, outcome = None, []
    assert (document, actions) == (before, given_actions)
    if outcome and not any(result.changed for result in outcome):
        assert changed == document


def test_result_shares_no_values_with_its_input() -> None:
    document = {"a": {"list": [1]}, "b": 1}
    applied(document, {"target": "$.b", "update": 2})["a"]["list"].append(2)
    assert document["a"] == {"list": [1]}


def test_traits_example_of_the_specification() -> None:
    document = {
        "paths": {
            "/items": {"get": {"x-oai-traits": ["paged"]}},
            "/items/{id}/subitems": {"get": {"x-oai-traits": ["paged"], "parameters": [{"name": "id"}]}},
            "/other": {"get": {}},
        }
    }
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
