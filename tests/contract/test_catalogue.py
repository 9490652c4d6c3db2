import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import LEVELS, Catalogue, CatalogueError, Contract, Requirement, Source
from conformance.contract.openapi.json_pointer import resolve
from conformance.contract.openapi.source_file import read_file
from conformance.contract.profile import ProfileLevel
from conformance.contract.requirements.catalogue import build_catalogue, from_schema, with_levels
from conformance.contract.schema import build_schema
from conformance.contract.security import Security, read_security
from conformance.contract.spec_files import profile_overlays, spec_file, vendored_document

VENDORED = Contract.load()
CATALOGUE = VENDORED.catalogue
DATA = read_file(spec_file("requirements.yaml")).value
GOLDEN = Path(__file__).with_name("requirement-ids.txt")


# --- every keyword that constrains has its requirement --------------------------------------------------------------

CONSTRAINING = frozenset(
    {"type", "enum", "required", "properties", "additionalProperties", "items", "minItems", "maxItems"}
    | {"uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf", "not"}
    | {"minProperties", "maxProperties", "allOf", "oneOf", "anyOf", "discriminator"}
)
"""Keywords of an OpenAPI 3.0 schema that constrain, or lead to schemas that do; typed from the specification."""

EXCLUDED: Mapping[str, str] = {
    "properties": "leads to schemas, and constrains nothing without them",
    "items": "leads to a schema, and constrains nothing without it",
    "below anyOf": "the alternatives state one requirement together: a value that breaks one may satisfy the other",
}

Found = tuple[str, str, str]
"""Pointer, keyword, and the property's name for `required`."""


def keywords(document: Mapping[str, Any], pointer: str) -> Iterator[tuple[Found, str]]:
    """Each constraining keyword at and below *pointer* of a raw document, with the reason why it is left out."""
    node = resolve(document, pointer)
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


def test_each_constraining_keyword_has_one_requirement_or_a_reason_to_have_none() -> None:
    constraining = Counter(found for found, excluded in bodies(VENDORED.document) if not excluded)
    stated = Counter(
        (r.source.pointer, r.source.keyword, r.id.split(".")[-2] if r.template == "required" else "")
        for r in CATALOGUE.values()
        if r.source.pointer.startswith("/components/schemas/") and r.source.kind == "schema"
        if r.area != "property" and r.template != "null"
    )
    assert stated == constraining
    assert set(constraining.values()) == {1}


def test_null_as_an_optional_property_is_refused_by_a_requirement_of_its_own() -> None:
    optional = VENDORED.request.properties.keys() - set(VENDORED.request.required)
    stated = {r.id: (r.source.pointer, r.source.keyword) for r in CATALOGUE.values() if r.template == "null"}
    assert stated == {
        f"request.{name}.null": (f"{VENDORED.request.pointer}/properties/{name}", "type") for name in optional
    }


@pytest.mark.parametrize(
    ("node", "refused"),
    [
        ({"type": "string"}, True),
        ({"type": "object", "properties": {"within": {"type": "integer"}}}, True),
        ({"type": "string", "nullable": True}, False),
        ({"enum": ["x"]}, False),
        ({}, False),
    ],
)
def test_null_is_refused_where_a_type_is_named_that_is_not_nullable(
    node: dict[str, Any], refused: bool
) -> None:
    optional = of_properties({"a": node})
    assert ("request.a.null" in optional) is refused
    assert ("request.a.within.null" in optional) is ("properties" in node)
    assert "request.a.null" not in of_properties({"a": node}, required=["a"])


def test_a_property_named_null_has_ids_of_its_own() -> None:
    inner = {"type": "object", "properties": {"null": {"type": "string"}}, "required": ["null"]}
    ids = of_properties({"null": inner, "a": inner})
    assert ids == {
        "request.type",
        *(f"request.{name}.{end}" for name in ("null", "a") for end in ("null", "type")),
        *(f"request.{name}.null.{end}" for name in ("null", "a") for end in ("required", "type")),
    }


def of_properties(properties: Mapping[str, Any], required: Sequence[str] = ()) -> set[str]:
    """The ids that a request of *properties* has."""
    node = {"type": "object", "properties": properties, "required": [*required]}
    return set(Catalogue(from_schema(build_schema({"root": node}, "/root", "request"))))


def test_generated_requests_are_of_the_whole_schema_or_of_the_whole_security_section() -> None:
    sources = {r.id: (r.source.pointer, r.source.keyword) for r in CATALOGUE.values() if r.area == "property"}
    assert sources == {
        **dict.fromkeys(
            ("property.valid", "property.invalid", "property.schemathesis"),
            (VENDORED.request.pointer, "properties"),
        ),
        "property.credentials": (VENDORED.security.pointer, ""),
    }


def test_the_walk_over_the_raw_document_finds_all_keywords_of_the_two_bodies() -> None:
    excluded = Counter(reason for _, reason in bodies(VENDORED.document) if reason)
    assert sum(1 for _ in bodies(VENDORED.document)) == 35 + 30
    assert excluded == {EXCLUDED["properties"]: 4, EXCLUDED["items"]: 6, EXCLUDED["below anyOf"]: 3}


def test_each_keyword_has_a_requirement_under_each_shipped_profile() -> None:
    for profile in profile_overlays():
        contract = Contract.load(profile=profile)
        derived = [r for r in contract.catalogue.values() if r.template and r.source.kind == "schema"]
        wanted = {found[:2] for found, excluded in bodies(contract.document) if not excluded}
        assert wanted <= {(r.source.pointer, r.source.keyword) for r in derived}


# --- ids ------------------------------------------------------------------------------------------------------------


def current_ids() -> set[str]:
    return {id for profile in profile_overlays() for id in Contract.load(profile=profile).catalogue}


def test_ids_only_change_on_purpose() -> None:
    golden, current = set(GOLDEN.read_text().split()), current_ids()
    assert current == golden, (
        f"new: {sorted(current - golden)}; gone: {sorted(golden - current)}. Baselines of other people name these ids. "
        "An id that goes away has to be listed under `retired` in spec/requirements.yaml, with its successor, and is "
        f"never used again. Then write the ids that there are now into {GOLDEN.name}: "
        f"python tests/contract/{Path(__file__).name}"
    )


def test_the_list_of_ids_is_sorted() -> None:
    lines = GOLDEN.read_text().splitlines()
    assert lines == sorted(set(lines))


AREAS = "auth|request|response|meaning|state|http|capability|forwarding|property"


def test_ids_are_readable() -> None:
    for id in current_ids():
        assert re.fullmatch(rf"({AREAS})(\.[a-z0-9_]+([+-][a-z0-9_]+)*)+", id), id


def test_the_area_is_the_first_word_of_the_id() -> None:
    assert all(r.area == r.id.split(".")[0] for r in CATALOGUE.values())


def test_ids_do_not_depend_on_the_order_of_branches() -> None:
    document = deepcopy(dict(VENDORED.document))
    document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"].reverse()
    assert set(build(document=document)) == set(CATALOGUE)


def test_each_minimal_accepted_and_each_maximal_refused_set_has_a_requirement() -> None:
    subjects = {
        kind: {frozenset(r.subject) for r in CATALOGUE.values() if r.template == f"auth.{kind}.{{label}}"}
        for kind in ("accept", "reject")
    }
    assert subjects["accept"] == set(VENDORED.security.alternatives)
    assert subjects["accept"] >= set(VENDORED.security.minimal_accepted())
    assert subjects["reject"] == set(VENDORED.security.maximal_rejected())


def test_without_credentials_nothing_is_required_of_who_has_none_or_too_many() -> None:
    assert [id for id in Contract.load(profile="open").catalogue if id.startswith("auth.")] == [
        "auth.accept.anonymous"
    ]
    assert "property.credentials" not in Contract.load(profile="open").catalogue


SECURITIES: Mapping[str, tuple[list[dict[str, list[str]]], set[str]]] = {
    "nothing": ([], set()),
    "nothing or a key": ([{}, {"Config": []}], set()),
    "a key": ([{"Config": []}], {"guarded"}),
    "a token": ([{"Provider-Auth": []}], {"guarded"}),
    "a key or another": ([{"Config": []}, {"Virtual-Key": []}], {"guarded", "extra-set"}),
    "a key, another too": ([{"Config": []}, {"Config": [], "Virtual-Key": []}], {"guarded"}),
    "a key or a token": (
        [{"Config": []}, {"Provider-Auth": []}],
        {"guarded", "extra-set", "unused-authorization"},
    ),
}
"""Alternatives of a contract's security, and which entries stand in its catalogue."""


@pytest.mark.parametrize("name", SECURITIES)
def test_an_entry_stands_where_the_security_gives_ground_for_it(name: str) -> None:
    alternatives, standing = SECURITIES[name]
    document = deepcopy(dict(VENDORED.document))
    document["paths"]["/embeddings"]["post"]["security"] = alternatives
    security = read_security(document, "/paths/~1embeddings/post", document["paths"]["/embeddings"]["post"])
    catalogue = build(document=document, security=security)
    for each in ("guarded", "extra-set", "unused-authorization"):
        ids = {entry["id"] for entry in DATA["requirements"] if entry.get("each") == each}
        assert ids
        assert ids & catalogue.keys() == (ids if each in standing else set())


def test_only_secrets_can_be_wrong() -> None:
    assert {r.subject for r in CATALOGUE.values() if r.id.startswith("auth.secret.")} == {
        ("Portkey-Key",),
        ("Virtual-Key",),
        ("Provider-Auth",),
        ("Config",),
    }


# --- what requirements say ------------------------------------------------------------------------------------------


def test_pointers_lead_to_what_the_requirement_names() -> None:
    for requirement in CATALOGUE.values():
        if requirement.source.pointer:
            node = resolve(VENDORED.document, requirement.source.pointer)
            assert not requirement.source.keyword or requirement.source.keyword in node


def test_what_leads_nowhere_is_traced_to_the_values_that_a_scheme_names() -> None:
    requirement = CATALOGUE["auth.secret.config.unusable"]
    assert (
        tuple(resolve(VENDORED.document, requirement.source.pointer)) == VENDORED.security["Config"].unusable
    )


def test_quotes_are_the_publishers_own_words() -> None:
    published = read_file(vendored_document()).value
    quoted = [r for r in CATALOGUE.values() if r.source.quote]
    assert quoted
    for requirement in quoted:
        assert requirement.source.quote in " ".join(resolve(published, requirement.source.pointer).split())


def test_sources_elsewhere_are_sections_or_links() -> None:
    for requirement in CATALOGUE.values():
        if requirement.source.kind == "http":
            assert re.match(r"RFC \d+, section \d", requirement.source.reference)
        if requirement.source.kind == "practice":
            assert requirement.source.reference.startswith("https://")


def test_relatives_exist_and_are_mutual() -> None:
    for requirement in CATALOGUE.values():
        assert requirement.id not in requirement.related
        assert all(requirement.id in CATALOGUE[other].related for other in requirement.related)


FORMS = ("string", "strings", "integers", "integer-arrays")
GENERATED = {
    "request": {"property.valid", "property.invalid", "property.schemathesis"},
    "response": {"property.valid"},
}
"""The generated requests that any fault of an area may break too."""


@pytest.mark.parametrize(
    ("id", "related"),
    [
        ("response.count", {"response.index"}),
        (
            "request.encoding_format.enum",
            {"request.encoding_format.type", "request.encoding_format.null"}
            | {"response.base64.equals-float", "state.cache.encodings"},
        ),
        ("request.encoding_format.type", {"request.encoding_format.enum", "request.encoding_format.null"}),
        ("request.encoding_format.null", {"request.encoding_format.enum", "request.encoding_format.type"}),
        ("request.user.null", {"request.user.type"}),
        ("request.model.any-of", set()),
        ("request.input.one-of", {f"request.input.{form}.type" for form in FORMS}),
        ("request.input.strings.type", {"request.input.one-of"}),
        ("request.input.strings.min-items", {f"request.input.{form}.min-items" for form in FORMS[2:]}),
        (
            "request.input.integer-arrays.min-items",
            {f"request.input.{form}.min-items" for form in FORMS[1:3]},
        ),
        ("request.input.strings.max-items", set()),
        ("request.input.integer-arrays.items.min-items", set()),
        ("request.input.string.min-length", {"request.input.strings.items.empty"}),
    ],
)
def test_what_one_fault_may_break_together_is_related(id: str, related: set[str]) -> None:
    assert set(CATALOGUE[id].related) == related | GENERATED[CATALOGUE[id].area]


def test_titles_are_short_statements() -> None:
    for requirement in CATALOGUE.values():
        words = requirement.title.split()
        assert 3 <= len(words) <= 12, requirement.title
        assert "  " not in requirement.title
        assert not requirement.title.endswith(".")
        assert words[0][0].isupper() or words[0] in {*VENDORED.request.properties, *_response_names()}


@pytest.mark.parametrize(
    ("id", "title"),
    [
        ("request.type", "The server checks that the request body is an object"),
        (
            "request.additional-properties",
            "The server checks that the request body has no undocumented property",
        ),
        ("request.model.required", "The server checks that model is present"),
        ("request.input.strings.type", "The server accepts an array of strings as input"),
        ("request.input.integer-arrays.type", "The server accepts an array of arrays of integers as input"),
        ("request.input.strings.max-items", "The server checks that input (strings) has at most 2048 items"),
        ("request.input.strings.items.type", "The server checks that input[] (strings) is a string"),
        ("request.input.string.min-length", "The server checks that input (string) has at least 1 character"),
        ("request.model.any-of", "The server checks that model is a string"),
        ("request.encoding_format.enum", "The server checks that encoding_format is one of float, base64"),
        ("request.encoding_format.null", "The server checks that encoding_format is not null"),
        ("request.dimensions.minimum", "The server checks that dimensions is at least 1"),
        ("response.data.items.index.required", "The response's data[].index is present"),
        (
            "response.data.items.embedding.one-of",
            "The response's data[].embedding is an array of numbers or a string",
        ),
        ("response.usage.total_tokens.type", "The response's usage.total_tokens is an integer"),
        ("auth.accept.config", "Valid credentials for Portkey-Key and Config are accepted"),
        ("auth.reject.without-portkey-key", "Requests without Portkey-Key are rejected"),
        ("http.method.get", "GET does not return embeddings"),
    ],
)
def test_a_title_says_what_has_to_hold_and_where(id: str, title: str) -> None:
    assert CATALOGUE[id].title == title


def _response_names() -> set[str]:
    return {name for node in VENDORED.response.walk() for name in node.properties}


def test_no_two_requirements_state_the_same_under_one_area() -> None:
    stated = Counter((r.area, r.title) for r in CATALOGUE.values())
    assert [pair for pair, count in stated.items() if count > 1] == []


def test_what_is_less_than_must_has_its_reason() -> None:
    without = {r.id for r in CATALOGUE.values() if r.level != "must" and not r.reason}
    assert without <= {"response.json.duplicate-key", "http.media-type.status"}


def test_a_source_shows_only_what_it_has() -> None:
    assert Source("http", reference="RFC 9110").as_dict() == {"kind": "http", "reference": "RFC 9110"}
    assert str(CATALOGUE["http.chunked"].source) == "RFC 9112, section 7.1"
    assert str(CATALOGUE["request.type"].source) == "/components/schemas/CreateEmbeddingRequest/type"
    assert str(CATALOGUE["response.index"].source).endswith(
        '"The index of the embedding in the list of embeddings"'
    )


# --- the lint -------------------------------------------------------------------------------------------------------


def build(
    data: Mapping[str, Any] | None = None,
    *,
    document: Mapping[str, Any] | None = None,
    security: Security | None = None,
    strict: bool = True,
) -> Catalogue:
    """The vendored contract's catalogue from other requirement data, or with another document behind it."""
    contract = VENDORED
    document = document or contract.document
    roots = ((contract.request.pointer, "request"), (contract.response.pointer, "response"))
    return build_catalogue(
        document,
        data or DATA,
        schemas=[build_schema(document, pointer, name) for pointer, name in roots],
        security=security or contract.security,
        operation=(contract.path, contract.method),
        places={
            "operation": "/paths/~1embeddings/post",
            "request": contract.request.pointer,
            "response": contract.response.pointer,
            "embedding": "/components/schemas/Embedding",
        },
        strict=strict,
    )


def changed(id: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The shipped data with one entry changed."""
    data: dict[str, Any] = deepcopy(DATA)
    change(next(entry for entry in data["requirements"] if entry["id"] == id))
    return data


def test_the_shipped_data_passes_the_lint() -> None:
    assert list(build()) == list(CATALOGUE)
    assert build().dropped == ()


@pytest.mark.parametrize(
    ("id", "change", "complaint"),
    [
        ("response.count", {"id": "response.index"}, "expected an id of its own, found the same id twice"),
        ("response.count", {"level": "shall"}, "expected a level of must, should, may, found 'shall'"),
        (
            "response.count",
            {"title": "One embedding per input."},
            "without a full stop, found 'One embedding",
        ),
        ("response.count", {"title": "Count"}, "expected a title that is a statement"),
        ("response.count", {"title": ""}, "expected a title that is a statement"),
        ("response.count", {"relatd": []}, "found 'relatd'; did you mean 'related'?"),
        ("response.count", {"level": 1}, "expected a value of type str for 'level', found 1"),
        ("response.count", {"related": "response.*"}, "expected a value of type list for 'related'"),
        ("response.count", {"related": [1]}, "expected ids and globs in `related`, found [1]"),
        (
            "response.count",
            {"related": ["response.idex"]},
            "expected relatives that exist, found 'response.idex'; the closest is response.index",
        ),
        ("response.count", {"title": "{names} and more of them"}, "expected nothing in braces"),
        ("response.count", {"each": "input"}, "capability or method behind `each`, found 'input'"),
        ("response.count", {"each": "method"}, "expected an id of its own"),
        ("http.method.{label}", {"title": "{name} does not run"}, "expected {label}, {names} in braces"),
        ("http.method.{label}", {"related": ["{label"]}, "expected {label}, {names} in braces"),
        ("response.count", {"source": {"kind": "practise", "reference": "x"}}, "expected a source of kind"),
        ("response.count", {"source": {"kind": "practice"}}, "a reference for its source of kind practice"),
        ("http.chunked", {"source": {"kind": "http"}}, "a reference for its source of kind http, found none"),
        ("http.chunked", {"source": {"kind": "http", "refrence": "x"}}, "did you mean 'reference'?"),
        ("http.chunked", {"source": {"reference": "RFC"}}, "expected the member 'kind' of its source"),
        ("http.chunked", {"source": "RFC 9112"}, "expected a value of type dict for 'source'"),
        (
            "http.chunked",
            {"source": {"kind": "prose", "pointer": "/info"}},
            "a quote for its source of kind prose",
        ),
        (
            "http.chunked",
            {"source": {"kind": "prose", "quote": "x"}},
            "a pointer for its source of kind prose",
        ),
        ("http.chunked", {"source": {"kind": "schema", "pointer": "/info"}}, "a keyword for its source"),
        (
            "http.chunked",
            {"source": {"kind": "schema", "pointer": "/inf", "keyword": "title"}},
            "expected something at /inf, found nothing of the kind there",
        ),
        (
            "http.chunked",
            {"source": {"kind": "schema", "pointer": "/info", "keyword": "titel"}},
            "expected the keyword titel at /info",
        ),
        (
            "http.chunked",
            {"source": {"kind": "schema", "pointer": "/info/title", "keyword": "A"}},
            "expected the keyword A at /info/title",
        ),
        (
            "http.chunked",
            {"source": {"kind": "prose", "pointer": "/info/description", "quote": "The Portkey APIs"}},
            'expected the sentence "The Portkey APIs" at /info/description',
        ),
        (
            "http.chunked",
            {"source": {"kind": "prose", "pointer": "/info", "quote": "title"}},
            'expected the sentence "title" at /info',
        ),
        ("response.index", {"source": {"kind": "prose", "pointer": "{embeding}", "quote": "x"}}, "in braces"),
    ],
)
def test_a_defect_of_the_data_is_refused_by_the_requirements_name(
    id: str, change: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        build(changed(id, lambda entry: entry.update(change)))
    assert str(caught.value).startswith(f"requirement {caught.value.requirement}: expected ")
    assert caught.value.requirement in {id, change.get("id")}
    assert complaint in str(caught.value)


def test_three_words_can_be_a_statement() -> None:
    catalogue = build(changed("http.chunked", lambda entry: entry.update(title="Chunks are read")))
    assert catalogue["http.chunked"].title == "Chunks are read"


@pytest.mark.parametrize("member", ["id", "level", "title", "source"])
def test_an_entry_lacks_nothing(member: str) -> None:
    with pytest.raises(CatalogueError, match=f"expected the member '{member}', found only"):
        build(changed("http.chunked", lambda entry: entry.pop(member)))


@pytest.mark.parametrize(
    ("more", "requirement", "complaint"),
    [
        (
            {"retired": [{"id": "http.chunked"}]},
            "http.chunked",
            "a retired id to stay unused, found it in use",
        ),
        (
            {"retired": [{"id": "http.old", "successor": "http.nowhere"}]},
            "http.old",
            "expected a successor that exists, found 'http.nowhere'",
        ),
        (
            {"retired": [{"id": "http.old", "succesor": "http.chunked"}]},
            "http.old",
            "did you mean 'successor'?",
        ),
        ({"retired": [{"successor": "http.chunked"}]}, "{'successor': 'http.chunked'}", "the member 'id'"),
        ({"retird": []}, "of the whole file", "found 'retird'; did you mean 'retired'?"),
    ],
)
def test_a_defect_beside_the_entries_is_refused(
    more: dict[str, Any], requirement: str, complaint: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        build({**DATA, **more})
    assert caught.value.requirement == requirement
    assert complaint in str(caught.value)


@pytest.mark.parametrize("successor", [{}, {"successor": "http.chunked"}])
def test_an_id_may_retire_with_or_without_a_successor(successor: dict[str, str]) -> None:
    assert set(build({**DATA, "retired": [{"id": "http.old", "reason": "why", **successor}]})) == set(
        CATALOGUE
    )


def test_a_users_document_may_lack_a_successor_and_have_a_property_of_a_retired_name() -> None:
    data = {**DATA, "retired": [{"id": "request.user.type", "successor": "auth.accept.nobody"}]}
    assert set(build(data, strict=False)) == set(CATALOGUE)


def test_a_quote_that_a_users_document_does_not_have_drops_its_requirement() -> None:
    data = changed("response.count", lambda entry: entry.update(related=["response.nowhere"]))
    document = deepcopy(dict(VENDORED.document))
    document["components"]["schemas"]["Embedding"]["properties"]["index"]["description"] = "The place."
    catalogue = build(data, document=document, strict=False)
    assert catalogue.dropped == ("response.index",)
    assert set(catalogue) == set(CATALOGUE) - {"response.index"}
    assert all("response.index" not in r.related for r in catalogue.values())


def test_a_source_behind_a_reference_is_found_and_says_where() -> None:
    document = deepcopy(dict(VENDORED.document))
    index = document["components"]["schemas"]["Embedding"]["properties"]["index"]
    document["components"]["schemas"]["Index"] = index
    document["components"]["schemas"]["Embedding"]["properties"]["index"] = {
        "$ref": "#/components/schemas/Index"
    }
    catalogue = build(changed("response.index", lambda _: None), document=document, strict=False)
    assert catalogue["response.index"].source.pointer == "/components/schemas/Index/description"


# --- levels and look-up ---------------------------------------------------------------------------------------------


def levels(*changes: tuple[str, str], strict: bool = True) -> Catalogue:
    return with_levels(CATALOGUE, [ProfileLevel(*change, "Because.") for change in changes], strict=strict)


def test_a_profile_changes_the_levels_of_all_that_match() -> None:
    catalogue = levels(("response.usage.*", "may"), ("response.usage.total", "should"))
    assert catalogue["response.usage.total"].level == "should"
    assert catalogue["response.usage.not-negative"].level == "may"
    assert catalogue["response.usage.not-negative"].reason == "Because."
    assert catalogue["response.count"] == CATALOGUE["response.count"]
    assert (list(catalogue), catalogue.dropped) == (list(CATALOGUE), CATALOGUE.dropped)


def test_a_level_for_nothing_is_refused_with_the_closest_id() -> None:
    with pytest.raises(CatalogueError, match=r"response\.usag.*closest is response\.usage") as caught:
        levels(("response.usag.*", "may"))
    assert caught.value.requirement == "response.usag.*"


def test_a_level_for_nothing_passes_on_a_users_own_document() -> None:
    assert dict(levels(("response.usag.*", "may"), strict=False)) == dict(CATALOGUE)


def test_a_catalogue_is_a_mapping_that_finds_globs_and_near_misses() -> None:
    assert len(CATALOGUE) == len(list(CATALOGUE)) == len(set(CATALOGUE))
    assert [r.id for r in CATALOGUE.matching("response.usage.t*l")] == ["response.usage.total"]
    assert [r.id for r in CATALOGUE.matching("response.count")] == ["response.count"]
    assert CATALOGUE.closest("response.cuont") == "response.count"
    assert CATALOGUE.closest("qqqqqq") is None


def test_a_property_whose_name_looks_like_a_glob_is_related_and_found_all_the_same() -> None:
    document = {"root": {"type": "object", "properties": {"a[]*": {"type": "string", "enum": ["x"]}}}}
    tree = build_schema(document, "/root", "request")
    null, kind, values = (r for r in from_schema(tree) if "[" in r.id)
    assert (null.related, values.related) == ((kind.id, values.id), (kind.id,))
    assert [r.id for r in Catalogue([null, kind, values]).matching(kind.id)] == [kind.id]


def test_an_id_stands_once() -> None:
    one = Requirement("a.b", LEVELS[0], "a", "It is so", Source("http", reference="RFC 1"))
    with pytest.raises(CatalogueError, match=r"requirement a\.b: expected an id of its own"):
        Catalogue([one, one])


if __name__ == "__main__":
    GOLDEN.write_text("".join(f"{id}\n" for id in sorted(current_ids())))
