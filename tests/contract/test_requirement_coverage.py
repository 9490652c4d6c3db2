"""Each constraint of the schemas has a requirement."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from conformance.contract import Catalogue, Contract
from conformance.contract.openapi.json_pointer import resolve_pointer
from conformance.contract.requirements.catalogue import from_schema
from conformance.contract.schema import build_schema
from conformance.contract.spec_files import profile_overlays

VENDORED = Contract.load()
CATALOGUE = VENDORED.catalogue

CONSTRAINING = frozenset(
    {"type", "enum", "required", "properties", "additionalProperties", "items", "minItems", "maxItems"}
    | {"uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf", "not"}
    | {"minProperties", "maxProperties", "allOf", "oneOf", "anyOf", "discriminator"}
)
"""Keywords of OpenAPI 3.0 schemas that are constraints or contain schemas, copied from the specification."""

EXCLUDED: Mapping[str, str] = {
    "properties": "contains schemas and is not a constraint itself",
    "items": "contains a schema and is not a constraint itself",
    "below anyOf": "the alternatives have one requirement together: a value that violates one may satisfy another",
}

Found = tuple[str, str, str]
"""Pointer, keyword, and the property's name for `required`."""


def keywords(document: Mapping[str, Any], pointer: str) -> Iterator[tuple[Found, str]]:
    """Each constraint at and below *pointer* of a raw document, with the reason for its exclusion (or empty)."""
    node = resolve_pointer(document, pointer)
    if "$ref" in node:
        yield from keywords(document, node["$ref"].removeprefix("#"))
        return
    for keyword, value in node.items():
        if keyword not in CONSTRAINING or (keyword == "additionalProperties" and value is not False):
            continue
        names = value if keyword == "required" else [""]
        yield from (((pointer, keyword, name), EXCLUDED.get(keyword, "")) for name in names)
        if keyword == "properties":
            for name in value:
                yield from keywords(document, f"{pointer}/properties/{name}")
        elif keyword == "items":
            yield from keywords(document, f"{pointer}/items")
        elif keyword in ("oneOf", "anyOf", "allOf"):
            for index in range(len(value)):
                below = keywords(document, f"{pointer}/{keyword}/{index}")
                reason = EXCLUDED["below anyOf"] if keyword == "anyOf" else ""
                yield from ((found, why or reason) for found, why in below)


def bodies(document: Mapping[str, Any]) -> Iterator[tuple[Found, str]]:
    operation = "/paths/~1embeddings/post"
    for place in ("requestBody", "responses/200"):
        yield from keywords(document, f"{operation}/{place}/content/application~1json/schema")


def test_each_constraint_has_one_requirement_or_an_exclusion() -> None:
    constraining = Counter(found for found, excluded in bodies(VENDORED.document) if not excluded)
    stated = Counter(
        (r.source.pointer, r.source.keyword, r.id.split(".")[-2] if r.template == "required" else "")
        for r in CATALOGUE.values()
        if r.source.pointer.startswith("/components/schemas/") and r.source.kind == "schema"
        if r.area != "property" and r.template != "null"
    )
    assert stated == constraining
    assert set(constraining.values()) == {1}


def test_each_optional_property_has_a_requirement_for_null() -> None:
    optional = VENDORED.request.properties.keys() - set(VENDORED.request.required)
    stated = {r.id: (r.source.pointer, r.source.keyword) for r in CATALOGUE.values() if r.template == "null"}
    assert stated == {
        f"request.{name}.null": (f"{VENDORED.request.pointer}/properties/{name}", "type") for name in optional
    }


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"type": "string"}, True),
        ({"type": "object", "properties": {"within": {"type": "integer"}}}, True),
        ({"type": "string", "nullable": True}, False),
        ({"enum": ["x"]}, False),
        ({}, False),
    ],
)
def test_null_requirement_needs_a_type_that_is_not_nullable(node: dict[str, Any], expected: bool) -> None:
    optional = of_properties({"a": node})
    assert ("request.a.null" in optional) is expected
    assert ("request.a.within.null" in optional) is ("properties" in node)
    assert "request.a.null" not in of_properties({"a": node}, required=["a"])


def test_property_named_null_has_separate_ids() -> None:
    inner = {"type": "object", "properties": {"null": {"type": "string"}}, "required": ["null"]}
    ids = of_properties({"null": inner, "a": inner})
    assert ids == {
        "request.type",
        *(f"request.{name}.{end}" for name in ("null", "a") for end in ("null", "type")),
        *(f"request.{name}.null.{end}" for name in ("null", "a") for end in ("required", "type")),
    }


def of_properties(properties: Mapping[str, Any], required: Sequence[str] = ()) -> set[str]:
    """The ids of a request schema with *properties*."""
    node = {"type": "object", "properties": properties, "required": [*required]}
    return set(Catalogue(from_schema(build_schema({"root": node}, "/root", "request"))))


def test_property_requirements_cite_the_whole_schema_or_security_section() -> None:
    sources = {r.id: (r.source.pointer, r.source.keyword) for r in CATALOGUE.values() if r.area == "property"}
    assert sources == {
        **dict.fromkeys(
            ("property.valid", "property.invalid", "property.schemathesis"),
            (VENDORED.request.pointer, "properties"),
        ),
        "property.credentials": (VENDORED.security.pointer, ""),
    }


def test_keywords_finds_all_keywords_of_both_bodies() -> None:
    excluded = Counter(reason for _, reason in bodies(VENDORED.document) if reason)
    assert sum(1 for _ in bodies(VENDORED.document)) == 35 + 30
    assert excluded == {EXCLUDED["properties"]: 4, EXCLUDED["items"]: 6, EXCLUDED["below anyOf"]: 3}


def test_each_constraint_has_a_requirement_in_each_shipped_profile() -> None:
    for profile in profile_overlays():
        contract = Contract.load(profile=profile)
        derived = [r for r in contract.catalogue.values() if r.template and r.source.kind == "schema"]
        wanted = {found[:2] for found, excluded in bodies(contract.document) if not excluded}
        assert wanted <= {(r.source.pointer, r.source.keyword) for r in derived}
