import socket
from typing import Any, NoReturn

import pytest

from conformance.contract.errors import DanglingReference, PointerError, ReferenceCycle, RemoteReference
from conformance.contract.openapi.references import check_references, dereference


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_value_that_is_no_reference_stands_for_itself() -> None:
    assert dereference({"a": {"b": 1}}, "/a") == ("/a", {"b": 1})


def test_a_chain_of_references_is_followed_to_its_end() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": {"type": "string"}}
    assert dereference(document, "/a") == ("/c~1d", {"type": "string"})


def test_members_beside_a_reference_are_ignored() -> None:
    document = {"a": {"$ref": "#/b", "description": "mine"}, "b": {"type": "string"}}
    assert dereference(document, "/a")[1] == {"type": "string"}


def test_the_fragment_of_a_reference_is_percent_decoded() -> None:
    assert dereference({"a": {"$ref": "#/x%20y"}, "x y": 1}, "/a") == ("/x y", 1)


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:9/x.yaml#/a",
        "https://example.org/x",
        "file:///etc/passwd",
        "other.yaml#/a",
        "../x.yaml",
        "",
    ],
)
def test_a_reference_that_leaves_the_document_is_refused_and_never_fetched(reference: str) -> None:
    with pytest.raises(RemoteReference) as caught:
        dereference({"a": {"$ref": reference}}, "/a")
    assert (caught.value.reference, caught.value.pointer) == (reference, "/a")
    assert repr(reference) in str(caught.value)


@pytest.mark.parametrize("reference", ["#/nowhere", "#anchor", "#/a/$ref/x", 7])
def test_a_reference_to_nowhere_is_refused(reference: object) -> None:
    with pytest.raises(DanglingReference):
        dereference({"a": {"$ref": reference}}, "/a")


@pytest.mark.parametrize(
    "document",
    [
        {"a": {"$ref": "#/a"}},
        {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}},
        {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"$ref": "#/b"}},
    ],
)
def test_a_circle_of_references_is_refused_with_its_chain(document: dict[str, Any]) -> None:
    with pytest.raises(ReferenceCycle) as caught:
        dereference(document, "/a")
    assert caught.value.chain[-1] in caught.value.chain[:-1]


def test_a_pointer_to_nowhere_is_no_fault_of_a_reference() -> None:
    with pytest.raises(PointerError):
        dereference({}, "/a")


def test_every_reference_of_a_document_is_checked() -> None:
    with pytest.raises(DanglingReference):
        check_references({"paths": {"/x": {"get": {"parameters": [{"$ref": "#/components/parameters/x"}]}}}})


def test_a_schema_that_contains_itself_is_no_circle_of_references() -> None:
    check_references(
        {
            "components": {
                "schemas": {"Tree": {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}
            }
        }
    )


@pytest.mark.parametrize("key", ["example", "default", "enum", "x-note"])
def test_a_reference_inside_of_data_is_data(key: str) -> None:
    check_references({"components": {"schemas": {"A": {key: [{"$ref": "https://example.org/"}]}}}})


@pytest.mark.parametrize("key", ["example", "default", "enum", "x-note"])
def test_a_property_may_have_the_name_of_a_keyword(key: str) -> None:
    with pytest.raises(RemoteReference):
        check_references(
            {"components": {"schemas": {"A": {"properties": {key: {"$ref": "https://example.org/"}}}}}}
        )


def test_a_property_may_be_named_like_a_reference() -> None:
    check_references({"components": {"schemas": {"A": {"properties": {"$ref": {"type": "string"}}}}}})
