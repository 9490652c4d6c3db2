"""Levels of profiles, and lookup."""

import pytest

from conformance.contract import LEVELS, Catalogue, CatalogueError, Contract, Requirement, Source
from conformance.contract.profile import ProfileLevel
from conformance.contract.requirements.catalogue import from_schema, with_levels
from conformance.contract.schema import build_schema

VENDORED = Contract.load()
CATALOGUE = VENDORED.catalogue


def levels(*changes: tuple[str, str], strict: bool = True) -> Catalogue:
    return with_levels(CATALOGUE, [ProfileLevel(*change, "A reason.") for change in changes], strict=strict)


def test_profile_changes_the_levels_of_all_matches() -> None:
    catalogue = levels(("response.usage.*", "may"), ("response.usage.total", "should"))
    assert catalogue["response.usage.total"].level == "should"
    assert catalogue["response.usage.not-negative"].level == "may"
    assert catalogue["response.usage.not-negative"].reason == "A reason."
    assert catalogue["response.count"] == CATALOGUE["response.count"]
    assert (list(catalogue), catalogue.dropped) == (list(CATALOGUE), CATALOGUE.dropped)


def test_rejects_a_level_without_a_match_with_a_suggestion() -> None:
    with pytest.raises(CatalogueError, match=r"response\.usag.*most similar is response\.usage") as caught:
        levels(("response.usag.*", "may"))
    assert caught.value.requirement == "response.usag.*"


def test_ignores_a_level_without_a_match_for_an_own_document() -> None:
    assert dict(levels(("response.usag.*", "may"), strict=False)) == dict(CATALOGUE)


def test_catalogue_finds_globs_and_similar_ids() -> None:
    assert len(CATALOGUE) == len(list(CATALOGUE)) == len(set(CATALOGUE))
    assert [r.id for r in CATALOGUE.matching("response.usage.t*l")] == ["response.usage.total"]
    assert [r.id for r in CATALOGUE.matching("response.count")] == ["response.count"]
    assert CATALOGUE.closest("response.cuont") == "response.count"
    assert CATALOGUE.closest("qqqqqq") is None


def test_property_name_with_glob_characters_is_found() -> None:
    document = {"root": {"type": "object", "properties": {"a[]*": {"type": "string", "enum": ["x"]}}}}
    tree = build_schema(document, "/root", "request")
    null, kind, values = (r for r in from_schema(tree) if "[" in r.id)
    assert (null.related, values.related) == ((kind.id, values.id), (kind.id,))
    assert [r.id for r in Catalogue([null, kind, values]).matching(kind.id)] == [kind.id]


def test_rejects_duplicate_ids() -> None:
    one = Requirement("a.b", LEVELS[0], "a", "It is valid", Source("http", reference="RFC 1"))
    with pytest.raises(CatalogueError, match=r"requirement a\.b: expected a unique id"):
        Catalogue([one, one])
