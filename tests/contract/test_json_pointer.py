import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.errors import PointerError
from conformance.contract.openapi.json_pointer import (
    escape_token,
    join_pointer,
    resolve_pointer,
    split_pointer,
    unescape_token,
)

# The document and the pointers of RFC 6901 section 5.
RFC_6901 = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_6901),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_resolves_the_examples_of_the_rfc(pointer: str, value: object) -> None:
    assert resolve_pointer(RFC_6901, pointer) == value


def test_unescapes_tildes_last() -> None:
    assert unescape_token("~01") == "~1"


@given(st.text())
def test_unescaping_reverses_escaping(token: str) -> None:
    assert unescape_token(escape_token(token)) == token


@given(st.lists(st.text()))
def test_splitting_reverses_joining(tokens: list[str]) -> None:
    assert list(split_pointer(join_pointer(tokens))) == tokens


@pytest.mark.parametrize(
    "pointer", ["/foo/2", "/foo/-", "/foo/00", "/foo/-1", "/foo/x", "/foo/1/x", "/nothing", "foo"]
)
def test_rejects_a_pointer_without_a_value(pointer: str) -> None:
    with pytest.raises(PointerError) as caught:
        resolve_pointer(RFC_6901, pointer)
    assert caught.value.pointer == pointer


def test_error_has_the_reached_part_and_a_suggestion() -> None:
    with pytest.raises(PointerError) as caught:
        resolve_pointer({"components": {"schemas": {}}}, "/components/schema/x")
    assert (caught.value.reached, caught.value.token, caught.value.suggestion) == (
        "/components",
        "schema",
        "schemas",
    )
    assert "did you mean 'schemas'?" in str(caught.value)
