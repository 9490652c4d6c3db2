"""Validation of the requirement data."""

from copy import deepcopy
from typing import Any

import pytest

from conformance.contract import CatalogueError
from tests.contract.requirement_data import CATALOGUE, DATA, VENDORED, build, changed


def test_shipped_data_is_valid() -> None:
    assert list(build()) == list(CATALOGUE)
    assert build().dropped == ()


@pytest.mark.parametrize(
    ("id", "change", "message"),
    [
        ("response.count", {"id": "response.index"}, "expected a unique id, found a duplicate"),
        ("response.count", {"level": "shall"}, "expected a level of must, should, may, found 'shall'"),
        (
            "response.count",
            {"title": "One embedding per input."},
            "without a period, found 'One embedding",
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
            "expected related requirements that exist, found 'response.idex'; the most similar is response.index",
        ),
        ("response.count", {"title": "{names} and more of them"}, "expected nothing in braces"),
        (
            "response.count",
            {"each": "input"},
            "client, declared-error, declared-header for `each`, found 'input'",
        ),
        ("response.count", {"each": "method"}, "expected a unique id"),
        ("http.method.{label}", {"title": "{name} is rejected"}, "expected {label}, {names} in braces"),
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
            "expected a value at /inf, found nothing",
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
def test_rejects_invalid_entries_by_requirement(id: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        build(changed(id, lambda entry: entry.update(change)))
    assert str(caught.value).startswith(f"requirement {caught.value.requirement}: expected ")
    assert caught.value.requirement in {id, change.get("id")}
    assert message in str(caught.value)


def test_title_may_have_three_words() -> None:
    catalogue = build(changed("http.chunked", lambda entry: entry.update(title="Chunks are read")))
    assert catalogue["http.chunked"].title == "Chunks are read"


@pytest.mark.parametrize("member", ["id", "level", "title", "source"])
def test_rejects_an_entry_without_a_required_member(member: str) -> None:
    with pytest.raises(CatalogueError, match=f"expected the member '{member}', found only"):
        build(changed("http.chunked", lambda entry: entry.pop(member)))


@pytest.mark.parametrize(
    ("more", "requirement", "message"),
    [
        (
            {"retired": [{"id": "http.chunked"}]},
            "http.chunked",
            "an unused id for a retired requirement, found an id in use",
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
def test_rejects_invalid_members_outside_the_entries(
    more: dict[str, Any], requirement: str, message: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        build({**DATA, **more})
    assert caught.value.requirement == requirement
    assert message in str(caught.value)


@pytest.mark.parametrize("successor", [{}, {"successor": "http.chunked"}])
def test_retired_id_needs_no_successor(successor: dict[str, str]) -> None:
    assert set(build({**DATA, "retired": [{"id": "http.old", "reason": "why", **successor}]})) == set(
        CATALOGUE
    )


def test_retired_ids_are_not_checked_for_own_documents() -> None:
    data = {**DATA, "retired": [{"id": "request.user.type", "successor": "auth.accept.other"}]}
    assert set(build(data, strict=False)) == set(CATALOGUE)


QUOTING = ("request.input.strings.items.empty", "meaning.different.last-word")
"""Requirements that only the description of the texts states."""


def test_drops_a_requirement_whose_quote_is_missing() -> None:
    data = changed("response.count", lambda entry: entry.update(related=["response.nowhere"]))
    document = deepcopy(dict(VENDORED.document))
    request = document["components"]["schemas"]["CreateEmbeddingRequest"]
    request["properties"]["input"]["description"] = "The texts."
    catalogue = build(data, document=document, strict=False)
    assert catalogue.dropped == QUOTING
    assert set(catalogue) == set(CATALOGUE) - {*QUOTING}
    assert all(set(QUOTING).isdisjoint(r.related) for r in catalogue.values())


def test_source_pointer_follows_references() -> None:
    document = deepcopy(dict(VENDORED.document))
    index = document["components"]["schemas"]["Embedding"]["properties"]["index"]
    document["components"]["schemas"]["Index"] = index
    document["components"]["schemas"]["Embedding"]["properties"]["index"] = {
        "$ref": "#/components/schemas/Index"
    }
    catalogue = build(changed("response.index", lambda _: None), document=document, strict=False)
    assert catalogue["response.index"].source.pointer == "/components/schemas/Index/description"
