"""Ids, and the conditions under which requirements exist."""

import re
from collections.abc import Mapping
from copy import deepcopy

import pytest

from conformance.contract import Contract
from conformance.contract.security import read_security
from tests.contract.requirement_data import CATALOGUE, DATA, VENDORED, build
from tests.contract.requirement_ids import current_ids, recorded_ids


def test_ids_equal_the_recorded_ids() -> None:
    recorded, current = set(recorded_ids()), current_ids()
    assert current == recorded, (
        f"new: {sorted(current - recorded)}; removed: {sorted(recorded - current)}. Users name these ids in baselines. "
        "List a removed id under `retired` in spec/requirements.yaml, with its successor; it is never used again. "
        "Then run: tox -e refresh -- ids"
    )


def test_list_of_ids_is_sorted() -> None:
    assert recorded_ids() == sorted(set(recorded_ids()))


AREAS = "auth|request|response|meaning|state|http|capability|forwarding|stability|property"


def test_ids_are_readable() -> None:
    for id in current_ids():
        assert re.fullmatch(rf"({AREAS})(\.[a-z0-9_]+([+-][a-z0-9_]+)*)+", id), id


def test_area_is_the_first_word_of_the_id() -> None:
    assert all(r.area == r.id.split(".")[0] for r in CATALOGUE.values())


def test_ids_do_not_depend_on_the_order_of_branches() -> None:
    document = deepcopy(dict(VENDORED.document))
    document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"].reverse()
    assert set(build(document=document)) == set(CATALOGUE)


def test_each_minimal_accepted_and_maximal_rejected_set_has_a_requirement() -> None:
    subjects = {
        kind: {frozenset(r.subject) for r in CATALOGUE.values() if r.template == f"auth.{kind}.{{label}}"}
        for kind in ("accept", "reject")
    }
    assert subjects["accept"] == set(VENDORED.security.alternatives)
    assert subjects["accept"] >= set(VENDORED.security.minimal_accepted())
    assert subjects["reject"] == set(VENDORED.security.maximal_rejected())


def test_open_profile_has_one_auth_requirement() -> None:
    assert [id for id in Contract.load(profile="open").catalogue if id.startswith("auth.")] == [
        "auth.accept.anonymous"
    ]
    assert "property.credentials" not in Contract.load(profile="open").catalogue


SECURITIES: Mapping[str, tuple[list[dict[str, list[str]]], set[str]]] = {
    "no section": ([], set()),
    "none or a key": ([{}, {"Config": []}], set()),
    "a key": ([{"Config": []}], {"guarded"}),
    "a token": ([{"Provider-Auth": []}], {"guarded"}),
    "a key or another": ([{"Config": []}, {"Virtual-Key": []}], {"guarded", "extra-set"}),
    "a key, another too": ([{"Config": []}, {"Config": [], "Virtual-Key": []}], {"guarded"}),
    "a key or a token": (
        [{"Config": []}, {"Provider-Auth": []}],
        {"guarded", "extra-set", "unused-authorization"},
    ),
}
"""Alternatives of a security section, and the conditional entries that apply to it."""


@pytest.mark.parametrize("name", SECURITIES)
def test_conditional_entries_depend_on_the_security_section(name: str) -> None:
    alternatives, applicable = SECURITIES[name]
    document = deepcopy(dict(VENDORED.document))
    document["paths"]["/embeddings"]["post"]["security"] = alternatives
    security = read_security(document, "/paths/~1embeddings/post", document["paths"]["/embeddings"]["post"])
    catalogue = build(document=document, security=security)
    for each in ("guarded", "extra-set", "unused-authorization"):
        ids = {entry["id"] for entry in DATA["requirements"] if entry.get("each") == each}
        assert ids
        assert ids & catalogue.keys() == (ids if each in applicable else set())


def test_only_secret_schemes_have_requirements_for_wrong_values() -> None:
    assert {r.subject for r in CATALOGUE.values() if r.id.startswith("auth.secret.")} == {
        ("Portkey-Key",),
        ("Virtual-Key",),
        ("Provider-Auth",),
        ("Config",),
    }
