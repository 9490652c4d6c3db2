"""Sources, titles, relations and reasons of the requirements."""

import re
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from conformance.contract import Contract, Source
from conformance.contract.openapi.json_pointer import resolve_pointer
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import profile_overlays, vendored_document

VENDORED = Contract.load()
CATALOGUE = VENDORED.catalogue


def test_pointers_and_keywords_of_sources_exist() -> None:
    for requirement in CATALOGUE.values():
        if requirement.source.pointer:
            node = resolve_pointer(VENDORED.document, requirement.source.pointer)
            assert not requirement.source.keyword or requirement.source.keyword in node


def test_unusable_requirement_cites_the_unusable_values() -> None:
    requirement = CATALOGUE["auth.secret.config.unusable"]
    assert (
        tuple(resolve_pointer(VENDORED.document, requirement.source.pointer))
        == VENDORED.security["Config"].unusable
    )


def test_quotes_are_in_the_published_document() -> None:
    published = read_file(vendored_document()).value
    quoted = [r for r in CATALOGUE.values() if r.source.quote]
    assert quoted
    for requirement in quoted:
        assert requirement.source.quote in " ".join(
            resolve_pointer(published, requirement.source.pointer).split()
        )


def test_other_sources_are_sections_or_links() -> None:
    for requirement in CATALOGUE.values():
        if requirement.source.kind == "http":
            assert re.match(r"RFC \d+, sections? \d", requirement.source.reference)
        if requirement.source.kind == "practice":
            assert requirement.source.reference.startswith("https://")


def test_related_requirements_exist_and_are_mutual() -> None:
    for requirement in CATALOGUE.values():
        assert requirement.id not in requirement.related
        assert all(requirement.id in CATALOGUE[other].related for other in requirement.related)


FORMS = ("string", "strings", "integers", "integer-arrays")
BROAD = (
    "property.*",
    "request.value.*",
    "http.transport.*",
    "state.*",
    "meaning.*",
)
"""Requirements that any fault of some areas may violate too: their requests have much in common with others."""


@pytest.mark.parametrize(
    ("id", "related"),
    [
        ("response.count", {"response.index"}),
        (
            "request.encoding_format.enum",
            {"request.encoding_format.type", "request.encoding_format.null", "response.base64.equals-float"},
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
def test_overlapping_requirements_are_related(id: str, related: set[str]) -> None:
    narrow = {
        other for other in CATALOGUE[id].related if not any(fnmatchcase(other, pattern) for pattern in BROAD)
    }
    assert narrow == related


@pytest.mark.parametrize("profile", profile_overlays())
def test_titles_are_short_statements(profile: str) -> None:
    for requirement in Contract.load(profile=profile).catalogue.values():
        words = requirement.title.split()
        assert 3 <= len(words) <= 12, requirement.title
        assert "  " not in requirement.title
        assert not requirement.title.endswith(".")
        assert not {*requirement.title} & {*"{}"}
        assert words[0][0].isupper() or words[0] in {*VENDORED.request.properties, *_response_names()}


@pytest.mark.parametrize(
    ("id", "title"),
    [
        ("request.type", "Requests where the body is not an object are rejected"),
        (
            "request.additional-properties",
            "Requests where the body has an undocumented property are rejected",
        ),
        ("request.model.required", "Requests without model are rejected"),
        ("request.input.strings.type", "The server accepts an array of strings as input"),
        ("request.input.integer-arrays.type", "The server accepts an array of arrays of integers as input"),
        (
            "request.input.strings.max-items",
            "Requests where input (strings) has more than 2048 items are rejected",
        ),
        ("request.input.strings.items.type", "Requests where input[] (strings) is not a string are rejected"),
        (
            "request.input.string.min-length",
            "Requests where input (string) is empty are rejected",
        ),
        ("request.model.any-of", "Requests where model is not a string are rejected"),
        (
            "request.encoding_format.enum",
            "Requests where encoding_format is not one of float, base64 are rejected",
        ),
        ("request.encoding_format.null", "Requests where encoding_format is null are rejected"),
        ("request.dimensions.minimum", "Requests where dimensions is less than 1 are rejected"),
        ("response.data.items.index.required", "The response's data[].index is present"),
        (
            "response.data.items.embedding.one-of",
            "The response's data[].embedding is an array of numbers or a string",
        ),
        ("response.usage.total_tokens.type", "The response's usage.total_tokens is an integer"),
        ("auth.accept.config", "Valid credentials for Portkey-Key and Config are accepted"),
        (
            "auth.accept.provider-auth+provider-name",
            "Valid credentials for Portkey-Key, Provider-Auth and Provider-Name are accepted",
        ),
        ("auth.reject.without-portkey-key", "Requests without Portkey-Key are rejected"),
        (
            "auth.reject.without-virtual-key+provider-auth+config",
            "Requests without any of Virtual-Key, Provider-Auth and Config are rejected",
        ),
        ("capability.batch", "If `batch` is declared unsupported, batches are rejected"),
        ("capability.input-tokens", "If `input-tokens` is limited, texts over the limit are rejected"),
        ("http.method.get", "GET does not return embeddings"),
    ],
)
def test_titles_of_examples(id: str, title: str) -> None:
    assert CATALOGUE[id].title == title


def _response_names() -> set[str]:
    return {name for node in VENDORED.response.walk() for name in node.properties}


def test_titles_are_unique_in_an_area() -> None:
    stated = Counter((r.area, r.title) for r in CATALOGUE.values())
    assert [pair for pair, count in stated.items() if count > 1] == []


def test_levels_below_must_have_a_reason() -> None:
    without = {r.id for r in CATALOGUE.values() if r.level != "must" and not r.reason}
    assert without <= {"response.json.duplicate-key", "http.media-type.status"}


def test_source_shows_only_its_own_fields() -> None:
    assert Source("http", reference="RFC 9110").as_dict() == {"kind": "http", "reference": "RFC 9110"}
    assert str(CATALOGUE["http.chunked"].source) == "RFC 9112, section 7.1"
    assert str(CATALOGUE["request.type"].source) == "/components/schemas/CreateEmbeddingRequest/type"
    assert str(CATALOGUE["response.index"].source).endswith(
        '"The index of the embedding in the list of embeddings"'
    )
