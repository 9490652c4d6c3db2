from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.contract.errata import Erratum, Passage, check_errata, load_errata
from conformance.contract.errors import InvalidFile
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay
from conformance.contract.spec_files import errata_list, errata_overlay, spec_file, vendored_document

VENDORED = read_file(vendored_document())
OVERLAY = Overlay.load(errata_overlay())
ERRATA = load_errata()


def test_errata_have_the_expected_ids() -> None:
    assert [erratum.id for erratum in ERRATA] == [
        "base64-responses",
        "empty-input",
        "undocumented-rejections",
        "inner-array-length",
        "self-hosted-server",
        "model-enum",
        "relations",
        "null-properties",
        "model-limits",
        "integral-floats",
        "javascript-import",
    ]


def test_shipped_errata_have_no_problems() -> None:
    assert check_errata(ERRATA, VENDORED, OVERLAY) == []


def test_shipped_list_is_valid_against_its_schema() -> None:
    schema = read_file(spec_file("schemas/errata.schema.yaml")).value
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(read_file(errata_list()).value)) == []


def test_passages_from_other_sources_have_a_link() -> None:
    others = [passage for erratum in ERRATA for passage in erratum.passages if passage.pointer is None]
    assert others
    assert all(passage.source and (passage.link or "").startswith("https://") for passage in others)


def problems(*errata: Erratum, overlay: Overlay = OVERLAY) -> list[str]:
    return [problem.problem for problem in check_errata(errata, VENDORED, overlay)]


def test_reports_an_unresolvable_pointer() -> None:
    first, *others = ERRATA
    assert any(
        "did you mean" in problem for problem in problems(replace(first, pointers=("/component",)), *others)
    )


def test_reports_a_missing_quote() -> None:
    first, *others = ERRATA
    passages = (*first.passages, Passage("may be empty", pointer="/info/description"))
    assert problems(replace(first, passages=passages), *others) == [
        "/info/description does not contain 'may be empty'"
    ]


def test_reports_a_duplicate_id() -> None:
    assert "this id is a duplicate" in problems(*ERRATA, ERRATA[-1])


def test_reports_an_unknown_action() -> None:
    *others, last = ERRATA
    assert problems(*others, replace(last, actions=("nothing",))) == ["the overlay has no action 'nothing'"]


def test_reports_an_action_without_an_erratum() -> None:
    assert "errata that have the action 'rejections': 0; there must be one" in problems(
        *(erratum for erratum in ERRATA if erratum.id != "undocumented-rejections")
    )


def test_reports_an_action_of_two_errata() -> None:
    *others, last = ERRATA
    assert problems(*others, replace(last, actions=("rejections",))) == [
        "errata that have the action 'rejections': 2; there must be one"
    ]


def test_reports_missing_and_duplicate_action_ids() -> None:
    first, *others = OVERLAY.actions
    nameless = replace(OVERLAY, actions=(replace(first, extensions={}), *others))
    assert "actions of the overlay without an id: 1" in problems(*ERRATA, overlay=nameless)
    doubled = replace(OVERLAY, actions=(*OVERLAY.actions, first))
    assert f"actions of the overlay with the id {first.id!r}: 2" in problems(*ERRATA, overlay=doubled)


ENTRY: dict[str, Any] = {
    "id": "x",
    "title": "t",
    "pointers": ["/openapi"],
    "passages": [
        {"quote": "3.0.0", "pointer": "/openapi"},
        {"quote": "q", "source": "s", "link": "https://x"},
    ],
    "resolution": "r",
}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": ""}, "/errata/0/id"),
    ({"title": 1}, "/errata/0/title"),
    ({"resolution": None}, "/errata/0/resolution"),
    ({"pointers": []}, "/errata/0/pointers"),
    ({"passages": ENTRY["passages"][:1]}, "/errata/0/passages"),
    ({"passages": [{"quote": "q"}, {"quote": "q", "pointer": ""}]}, "/errata/0/passages/0"),
    ({"passages": [{"quote": "q", "source": "s"}, {"quote": "q", "pointer": "/a"}]}, "/errata/0/passages/0"),
    ({"passages": [{"quote": "q", "pointer": "/a", "link": "https://x"}] * 2}, "/errata/0/passages/0"),
    ({"actions": []}, "/errata/0/actions"),
    ({"action": ["a"]}, "/errata/0/action"),
]


@pytest.mark.parametrize(("change", "pointer"), WRONG)
def test_reader_and_schema_reject_an_invalid_entry(
    tmp_path: Path, change: dict[str, Any], pointer: str
) -> None:
    document = {"errata": [ENTRY | change]}
    (tmp_path / "errata.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(InvalidFile) as caught:
        load_errata(tmp_path / "errata.yaml")
    assert caught.value.pointer == pointer
    schema = Draft202012Validator(read_file(spec_file("schemas/errata.schema.yaml")).value)
    assert not schema.is_valid(document)
    assert schema.is_valid({"errata": [ENTRY]})
