from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conformance.contract.errata import Erratum, Passage, check_errata, load_errata
from conformance.contract.errors import Malformed
from conformance.contract.openapi.source_file import read_file
from conformance.contract.overlay.document import Overlay
from conformance.contract.spec_files import errata_list, errata_overlay, spec_file, vendored_document

VENDORED = read_file(vendored_document())
OVERLAY = Overlay.load(errata_overlay())
ERRATA = load_errata()


def test_the_list_has_the_eleven_contradictions_with_an_id_each() -> None:
    assert [erratum.id for erratum in ERRATA] == [
        "base64-answers",
        "empty-input",
        "undocumented-refusals",
        "inner-array-length",
        "self-hosted-server",
        "model-enum",
        "relations",
        "null-properties",
        "model-limits",
        "integral-floats",
        "javascript-import",
    ]


def test_the_shipped_errata_have_no_flaw() -> None:
    assert check_errata(ERRATA, VENDORED, OVERLAY) == []


def test_the_shipped_list_fits_its_schema() -> None:
    schema = read_file(spec_file("schemas/errata.schema.yaml")).value
    Draft202012Validator.check_schema(schema)
    assert list(Draft202012Validator(schema).iter_errors(read_file(errata_list()).value)) == []


def test_passages_from_elsewhere_have_a_link() -> None:
    elsewhere = [passage for erratum in ERRATA for passage in erratum.passages if passage.pointer is None]
    assert elsewhere
    assert all(passage.source and (passage.link or "").startswith("https://") for passage in elsewhere)


def flaws(*errata: Erratum, overlay: Overlay = OVERLAY) -> list[str]:
    return [flaw.problem for flaw in check_errata(errata, VENDORED, overlay)]


def test_a_pointer_to_nowhere_is_a_flaw() -> None:
    first, *others = ERRATA
    assert any("did you mean" in flaw for flaw in flaws(replace(first, pointers=("/component",)), *others))


def test_a_quote_that_does_not_stand_there_is_a_flaw() -> None:
    first, *others = ERRATA
    passages = (*first.passages, Passage("may be empty", pointer="/info/description"))
    assert flaws(replace(first, passages=passages), *others) == [
        "/info/description does not say 'may be empty'"
    ]


def test_an_id_that_stands_twice_is_a_flaw() -> None:
    assert "this id stands twice" in flaws(*ERRATA, ERRATA[-1])


def test_an_action_that_does_not_exist_is_a_flaw() -> None:
    *others, last = ERRATA
    assert flaws(*others, replace(last, actions=("nothing",))) == ["the overlay has no action 'nothing'"]


def test_an_action_that_belongs_to_no_erratum_is_a_flaw() -> None:
    assert "the action 'refusals' belongs to 0 errata, not to one" in flaws(
        *(erratum for erratum in ERRATA if erratum.id != "undocumented-refusals")
    )


def test_an_action_that_belongs_to_two_errata_is_a_flaw() -> None:
    *others, last = ERRATA
    assert flaws(*others, replace(last, actions=("refusals",))) == [
        "the action 'refusals' belongs to 2 errata, not to one"
    ]


def test_an_action_without_an_id_or_with_that_of_another_is_a_flaw() -> None:
    first, *others = OVERLAY.actions
    nameless = replace(OVERLAY, actions=(replace(first, extensions={}), *others))
    assert "1 actions of the overlay have no id" in flaws(*ERRATA, overlay=nameless)
    doubled = replace(OVERLAY, actions=(*OVERLAY.actions, first))
    assert f"2 actions of the overlay have the id {first.id!r}" in flaws(*ERRATA, overlay=doubled)


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
def test_a_malformed_entry_is_refused_with_its_place_and_by_the_schema(
    tmp_path: Path, change: dict[str, Any], pointer: str
) -> None:
    document = {"errata": [ENTRY | change]}
    (tmp_path / "errata.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(Malformed) as caught:
        load_errata(tmp_path / "errata.yaml")
    assert caught.value.pointer == pointer
    schema = Draft202012Validator(read_file(spec_file("schemas/errata.schema.yaml")).value)
    assert not schema.is_valid(document)
    assert schema.is_valid({"errata": [ENTRY]})
