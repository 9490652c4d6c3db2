from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract.errors import InvalidFile
from conformance.contract.overlay.document import Overlay

VALID: dict[str, Any] = {
    "overlay": "1.1.0",
    "info": {"title": "t", "version": "1"},
    "actions": [{"target": "$.a", "remove": True}],
}


def load(folder: Path, document: object) -> Overlay:
    (folder / "x.overlay.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return Overlay.load(folder / "x.overlay.yaml")


def error(folder: Path, document: object) -> InvalidFile:
    with pytest.raises(InvalidFile) as caught:
        load(folder, document)
    return caught.value


def with_action(**members: object) -> dict[str, Any]:
    return VALID | {"actions": [members]}


def test_reads_all_fields_of_an_overlay(tmp_path: Path) -> None:
    overlay = load(
        tmp_path,
        VALID
        | {
            "info": {"title": "t", "version": "1", "description": "d", "x-info": 1},
            "extends": "../a.yaml",
            "x-mine": {"a": [1]},
            "actions": [
                {"target": "$.a", "update": {"b": 1}, "description": "first", "x-conformance": {"id": "one"}},
                {"target": "$.a", "copy": "$.b"},
                {"target": "$.a", "remove": False},
            ],
        },
    )
    assert (overlay.title, overlay.version, overlay.description, overlay.extends) == (
        "t",
        "1",
        "d",
        "../a.yaml",
    )
    assert overlay.extensions == {"x-mine": {"a": [1]}}
    assert [(a.position, a.kind, a.value, a.id) for a in overlay.actions] == [
        (1, "update", {"b": 1}, "one"),
        (2, "copy", "$.b", None),
        (3, "remove", False, None),
    ]
    assert overlay.actions[0].description == "first"


@pytest.mark.parametrize("version", ["1.1.0", "1.1.7"])
def test_accepts_any_patch_version(tmp_path: Path, version: str) -> None:
    assert load(tmp_path, VALID | {"overlay": version}).actions


@pytest.mark.parametrize("version", ["1.0.0", "1.2.0", "2.1.0", "1.1", 1.1, None])
def test_rejects_another_version(tmp_path: Path, version: object) -> None:
    assert error(tmp_path, VALID | {"overlay": version}).pointer == "/overlay"


@pytest.mark.parametrize("member", ["overlay", "info", "actions"])
def test_reports_a_missing_member(tmp_path: Path, member: str) -> None:
    document = {name: value for name, value in VALID.items() if name != member}
    assert error(tmp_path, document).expected == f"the member {member!r}"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        (VALID | {"info": "t"}, "/info"),
        (VALID | {"info": {"title": "t"}}, "/info"),
        (VALID | {"info": {"title": 1, "version": "1"}}, "/info/title"),
        (VALID | {"info": {"title": "t", "version": 1.0}}, "/info/version"),
        (VALID | {"info": {"title": "t", "version": "1", "description": []}}, "/info/description"),
        (VALID | {"extends": 1}, "/extends"),
        (VALID | {"actions": []}, "/actions"),
        (VALID | {"actions": {}}, "/actions"),
        (VALID | {"actions": ["$.a"]}, "/actions/0"),
        (VALID | {"actions": VALID["actions"] * 2}, "/actions/1"),
        (with_action(remove=True), "/actions/0"),
        (with_action(target="$.a"), "/actions/0"),
        (with_action(target="$.a", remove=True, update={}), "/actions/0"),
        (with_action(target="$.a", remove=True, copy="$.b"), "/actions/0"),
        (with_action(target="$.a", update={}, copy="$.b"), "/actions/0"),
        (with_action(target="$.a", remove="yes"), "/actions/0/remove"),
        (with_action(target="$.a", copy=["$.b"]), "/actions/0/copy"),
        (with_action(target=["$.a"], remove=True), "/actions/0/target"),
        (with_action(target="$.a", remove=True, description=1), "/actions/0/description"),
    ],
)
def test_rejects_an_invalid_member_with_its_pointer(tmp_path: Path, document: object, pointer: str) -> None:
    problem = error(tmp_path, document)
    assert problem.pointer == pointer
    assert problem.line is not None


@pytest.mark.parametrize(
    ("document", "pointer", "suggestion"),
    [
        (VALID | {"action": []}, "/action", "actions"),
        (VALID | {"info": {"title": "t", "version": "1", "titel": ""}}, "/info/titel", "title"),
        (with_action(target="$.a", udpate={}), "/actions/0/udpate", "update"),
        (with_action(target="$.a", remove=True, discription=""), "/actions/0/discription", "description"),
    ],
)
def test_rejects_an_unknown_member_with_a_suggestion(
    tmp_path: Path, document: object, pointer: str, suggestion: str
) -> None:
    problem = error(tmp_path, document)
    assert (problem.pointer, problem.fix) == (pointer, f"did you mean {suggestion!r}?")


@pytest.mark.parametrize(
    "query", ["paths", "", "$.", "$.a b", "$.a | $.b", "$.~a", "$[?@.a in [1]]", "^.a", "$[?@ =~ /x/]"]
)
def test_rejects_a_target_that_is_not_an_rfc_9535_query(tmp_path: Path, query: str) -> None:
    assert error(tmp_path, with_action(target=query, remove=True)).pointer == "/actions/0/target"
    assert error(tmp_path, with_action(target="$.a", copy=query)).pointer == "/actions/0/copy"


def test_reports_the_line_of_an_invalid_action(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions:\n"
        "  - target: $.a\n    remove: true\n  - target: $.b\n    removed: true\n"
    )
    with pytest.raises(InvalidFile) as caught:
        Overlay.load(tmp_path / "x.yaml")
    assert caught.value.line == 7


def test_overlay_may_be_json(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        '{"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": '
        '[{"target": "$", "update": null}]}'
    )
    assert Overlay.load(tmp_path / "x.json").actions[0].value is None
