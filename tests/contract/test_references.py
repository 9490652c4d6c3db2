import socket
from typing import Any, NoReturn

import pytest

from conformance.contract.errors import (
    DanglingReference,
    LongReference,
    PointerError,
    ReferenceCycle,
    RemoteReference,
)
from conformance.contract.openapi.references import check_references, dereference


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", fail)


def test_value_without_reference_is_returned() -> None:
    assert dereference({"a": {"b": 1}}, "/a") == ("/a", {"b": 1})


def test_follows_a_chain_of_references() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": {"type": "string"}}
    assert dereference(document, "/a") == ("/c~1d", {"type": "string"})


def test_ignores_members_next_to_a_reference() -> None:
    document = {"a": {"$ref": "#/b", "description": "mine"}, "b": {"type": "string"}}
    assert dereference(document, "/a")[1] == {"type": "string"}


def test_percent_decodes_the_fragment() -> None:
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
def test_rejects_remote_references_without_fetching(reference: str) -> None:
    with pytest.raises(RemoteReference) as caught:
        dereference({"a": {"$ref": reference}}, "/a")
    assert (caught.value.reference, caught.value.pointer) == (reference, "/a")
    assert repr(reference) in str(caught.value)


@pytest.mark.parametrize("reference", ["#/nowhere", "#anchor", "#/a/$ref/x", 7])
def test_rejects_dangling_references(reference: object) -> None:
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
def test_rejects_reference_cycles_with_their_chain(document: dict[str, Any]) -> None:
    with pytest.raises(ReferenceCycle) as caught:
        dereference(document, "/a")
    assert caught.value.chain[-1] in caught.value.chain[:-1]


def test_invalid_pointer_is_not_a_reference_error() -> None:
    with pytest.raises(PointerError):
        dereference({}, "/a")


def test_checks_every_reference() -> None:
    with pytest.raises(DanglingReference):
        check_references({"paths": {"/x": {"get": {"parameters": [{"$ref": "#/components/parameters/x"}]}}}})


def test_recursive_schema_is_not_a_reference_cycle() -> None:
    check_references(
        {
            "components": {
                "schemas": {"Tree": {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}
            }
        }
    )


@pytest.mark.parametrize("key", ["example", "default", "enum", "x-note"])
def test_ignores_references_in_data(key: str) -> None:
    check_references({"components": {"schemas": {"A": {key: [{"$ref": "https://example.org/"}]}}}})


@pytest.mark.parametrize("key", ["example", "default", "enum", "x-note"])
def test_checks_properties_with_names_of_keywords(key: str) -> None:
    with pytest.raises(RemoteReference):
        check_references(
            {"components": {"schemas": {"A": {"properties": {key: {"$ref": "https://example.org/"}}}}}}
        )


def test_property_may_be_named_ref() -> None:
    check_references({"components": {"schemas": {"A": {"properties": {"$ref": {"type": "string"}}}}}})


def test_the_number_of_references_in_a_row_is_limited() -> None:
    document: dict[str, Any] = {f"s{n}": {"$ref": f"#/s{n + 1}"} for n in range(10)} | {
        "s10": 1,
        "s": {"$ref": "#/s0"},
    }
    assert dereference(document, "/s0") == ("/s10", 1)
    with pytest.raises(LongReference, match="more than 10 references"):
        dereference(document, "/s")
