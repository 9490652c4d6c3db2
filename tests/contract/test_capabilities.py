"""What a target may lack, as data, and which requests need it."""

from __future__ import annotations

import pytest

from conformance.contract import DeclaredCapabilities, UnknownCapability, capabilities

TEXT = {"model": "m", "input": "a b c"}


def asking(**properties: object) -> dict[str, object]:
    return {**TEXT, **properties}


NEEDS = {
    "dimensions": asking(dimensions=8),
    "base64": asking(encoding_format="base64"),
    "token-input": asking(input=[1, 2]),
    "nested-token-input": asking(input=[[1, 2]]),
    "batch": asking(input=["a", "b"]),
}


@pytest.mark.parametrize("name", NEEDS)
def test_a_capability_is_needed_by_its_requests_alone(name: str) -> None:
    claims = DeclaredCapabilities.read([name])
    assert claims.lacking(NEEDS[name]) == {name}
    assert not claims.lacking(TEXT)
    assert not any(claims.lacking(payload) for other, payload in NEEDS.items() if other != name)


def test_every_capability_that_can_be_declared_unsupported_is_looked_at_here() -> None:
    assert NEEDS.keys() == {name for name, capability in capabilities().items() if capability.needed_by}


def test_null_asks_for_nothing() -> None:
    assert not DeclaredCapabilities.read(["dimensions"]).lacking(asking(dimensions=None))


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ("dimensions=8", asking(dimensions=8), asking(dimensions=9)),
        ("batch=2", asking(input=["a", "b"]), asking(input=["a", "b", "c"])),
        ("batch=2", asking(input=[7, 7, 7]), asking(input=[[7], [7], [7]])),
        ("input-tokens=3", asking(input="a b c"), asking(input="a b c d")),
        ("input-tokens=3", asking(input=[1, 2, 3]), asking(input=[1, 2, 3, 4])),
        ("input-tokens=3", asking(input=["a b c"]), asking(input=["a", "a b c d"])),
        ("input-tokens=3", asking(input=[[1, 2, 3]]), asking(input=[[1], [1, 2, 3, 4]])),
    ],
)
def test_what_is_beyond_a_limit_is_lacking(limit: str, within: object, beyond: object) -> None:
    claims = DeclaredCapabilities.read((), [limit])
    assert not claims.lacking(within)
    assert claims.lacking(beyond) == {limit.partition("=")[0]}


def test_a_text_of_few_words_may_have_too_many_tokens() -> None:
    claims = DeclaredCapabilities.read((), ["input-tokens=8"])
    assert claims.may_lack(asking(input="extraordinary"))
    assert not claims.may_lack(asking(input="river"))


@pytest.mark.parametrize("payload", [None, [], "dimensions", 3])
def test_what_is_no_request_needs_nothing(payload: object) -> None:
    assert not DeclaredCapabilities.read(NEEDS).lacking(payload)


@pytest.mark.parametrize(
    ("unsupported", "limits", "said"),
    [
        (["dimension"], [], "did you mean dimensions?"),
        (["input-tokens"], [], "only a limit can be declared"),
        ([], ["base64=4"], "one of dimensions, batch, input-tokens"),
        (["batch"], ["batch=4"], "found another one"),
        ([], ["batch=4", "batch=5"], "found another one"),
        ([], ["batch"], "batch=N, with a whole number from 1"),
        ([], ["batch=0"], "batch=N, with a whole number from 1"),
        ([], ["batch=many"], "batch=N, with a whole number from 1"),
        ([], ["input-tokens=5000000000"], "to 1,000,000 as N"),
    ],
)
def test_a_wrong_declaration_is_told(unsupported: list[str], limits: list[str], said: str) -> None:
    with pytest.raises(UnknownCapability, match=said.replace("?", r"\?")):
        DeclaredCapabilities.read(unsupported, limits)


def test_the_circumstances_of_claims_name_each_capability_once() -> None:
    claims = DeclaredCapabilities.read(["base64"], ["batch=4"])
    assert claims.circumstances == {"without base64", "without batch"}
