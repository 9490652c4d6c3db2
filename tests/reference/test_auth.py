from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

import httpx
import pytest

from conformance.contract import Contract
from conformance.reference import create_app, default_credentials

Send = Callable[..., httpx.Response]
HeadersOf = Callable[[Collection[str]], dict[str, str]]
BODY = {"model": "text-embedding-3-small", "input": "a"}

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
CHALLENGE = rf'{TOKEN} {TOKEN}="[^"\\]*"(?:, {TOKEN}="[^"\\]*")*'


def test_each_subset_of_credentials_is_accepted_or_rejected_as_in_the_contract(
    send: Send, contract: Contract, headers_of: HeadersOf
) -> None:
    accepted = 0
    for names in contract.security.subsets():
        expected = 200 if contract.security.accepts(names) else 401
        assert send(BODY, headers=headers_of(names)).status_code == expected, sorted(names)
        accepted += expected == 200
    assert accepted == 26


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: " ", id="whitespace"),
        pytest.param(lambda good: good[:-1], id="truncated"),
        pytest.param(lambda good: f"{good}x", id="longer"),
        pytest.param(lambda good: good.upper(), id="uppercase"),
        pytest.param(lambda _: "wrong", id="wrong"),
        pytest.param(lambda _: "\u00fc", id="not ASCII"),
    ],
)
def test_a_changed_secret_is_rejected(
    send: Send, contract: Contract, headers_of: HeadersOf, change: Callable[[str], str]
) -> None:
    valid = default_credentials(contract)
    for alternative in contract.security.alternatives:
        for scheme in contract.security.ordered(alternative):
            if scheme.secret:
                name, value = scheme.render(change(valid[scheme.name]))
                headers = headers_of(alternative) | {name: value.encode("latin-1")}
                assert send(BODY, headers=headers).status_code == 401, scheme


def test_a_header_that_is_not_secret_accepts_every_value_except_an_empty_one(
    send: Send, contract: Contract, headers_of: HeadersOf
) -> None:
    free = [scheme for scheme in contract.security.schemes if not scheme.secret]
    assert free
    for scheme in free:
        for alternative in contract.security.minimal_accepted():
            if scheme.name in alternative:
                headers = headers_of(alternative)
                assert send(BODY, headers=headers | {scheme.header: "anything"}).status_code == 200
                assert send(BODY, headers=headers | {scheme.header: " "}).status_code == 401


@pytest.mark.parametrize("value", ["Bearer OPENAI_API_KEY", "Basic dTpw", "nonsense", ""])
def test_a_meaningless_authorization_is_ignored_with_a_satisfied_alternative(
    send: Send, headers: dict[str, str], value: str
) -> None:
    assert "Authorization" not in headers
    assert send(BODY, headers=headers | {"Authorization": value}).status_code == 200


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "BEARER ", "  Bearer   "])
def test_the_bearer_scheme_is_case_insensitive(
    send: Send, contract: Contract, headers_of: HeadersOf, prefix: str
) -> None:
    bearer = next(scheme for scheme in contract.security.schemes if scheme.prefix)
    alternative = next(a for a in contract.security.alternatives if bearer.name in a)
    value = f"{prefix}{default_credentials(contract)[bearer.name]} "
    assert send(BODY, headers=headers_of(alternative) | {"Authorization": value}).status_code == 200
    assert (
        send(BODY, headers=headers_of(alternative) | {"Authorization": f"Basic {value}"}).status_code == 401
    )


def test_a_repeated_header_is_valid_only_with_equal_values(send: Send, headers: dict[str, str]) -> None:
    pairs = list(headers.items())
    name, value = pairs[-1]
    assert send(BODY, headers=[*pairs, (name, value)]).status_code == 200
    for wrong in ("wrong", "other", "x", "", value[:-1]):
        assert send(BODY, headers=[*pairs, (name, wrong)]).status_code == 401
        assert send(BODY, headers=[(name, wrong), *pairs]).status_code == 401


def test_a_rejection_has_challenges_and_no_secrets(
    send: Send, contract: Contract, headers_of: HeadersOf
) -> None:
    headers = headers_of([contract.security.schemes[-1].name]) | {"Authorization": "Bearer one-that-is-wrong"}
    response = send(BODY, headers=headers)
    assert re.fullmatch(rf"{CHALLENGE}(?:, {CHALLENGE})*", response.headers["www-authenticate"])
    assert response.json()["error"]["code"] == "invalid_api_key"
    shown = response.text + str(response.headers.raw)
    for secret in ("one-that-is-wrong", *default_credentials(contract).values()):
        assert secret not in shown


AUTHORIZATION = {"x-portkey-api-key": "fake-portkey-key-29a81fd4", "x-portkey-provider": "openai"}


@pytest.mark.parametrize(
    ("sent", "problem", "code"),
    [
        ([], "Missing credentials; send one of: x-portkey-api-key + ", "missing_api_key"),
        (AUTHORIZATION, "Missing credentials; send one of: ", "missing_api_key"),
        ({"x-portkey-api-key": "s3cret"}, "Wrong key in the header x-portkey-api-key; ", "invalid_api_key"),
        (
            {"x-portkey-api-key": "s3cret", "x-portkey-config": "s3cret"},
            "Wrong key in the header x-portkey-api-key and x-portkey-config; ",
            "invalid_api_key",
        ),
        (
            {**AUTHORIZATION, "Authorization": "Bearer s3cret"},
            "Wrong key in the header Authorization; ",
            "invalid_api_key",
        ),
        (
            {**AUTHORIZATION, "Authorization": "s3cret"},
            "No key in the header Authorization; its value must be Bearer and the key; ",
            "invalid_api_key",
        ),
        ({"x-portkey-api-key": ""}, "No key in the header x-portkey-api-key; ", "invalid_api_key"),
        (
            [("x-portkey-api-key", "s3cret"), ("x-portkey-api-key", "other")],
            "The header x-portkey-api-key was sent with different values; ",
            "invalid_api_key",
        ),
    ],
)
def test_a_rejection_says_what_is_wrong(send: Send, sent: Any, problem: str, code: str) -> None:
    response = send(BODY, headers=sent)
    error = response.json()["error"]
    assert response.status_code == 401
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"].startswith(problem)
    assert error["code"] == code
    assert "s3cret" not in response.text + str(response.headers)


def test_a_rejection_names_the_only_header_once(send: Send) -> None:
    app = create_app(Contract.load(profile="openai"))
    messages = [
        send(BODY, headers=sent, to=app).json()["error"]["message"]
        for sent in ({}, {"Authorization": "Bearer s3cret"})
    ]
    assert messages == ["Missing credentials; send Authorization.", "Wrong key in the header Authorization."]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"x" * 100_000])
def test_credentials_are_checked_before_the_body(send: Send, body: bytes) -> None:
    assert send(body, headers={"Content-Type": "text/plain"}).status_code == 401


def test_the_default_credentials_are_fake_distinct_and_constant(contract: Contract) -> None:
    found = default_credentials(contract)
    assert list(found) == [scheme.name for scheme in contract.security.schemes]
    assert found["Portkey-Key"] == "fake-portkey-key-29a81fd4"
    assert len(set(found.values())) == len(found)
    assert all(
        len(found[s.name]) > 8 and found[s.name].startswith("fake-")
        for s in contract.security.schemes
        if s.secret
    )


def test_configured_credentials_replace_the_defaults(
    send: Send, contract: Contract, headers: dict[str, str]
) -> None:
    first = contract.security.ordered(contract.security.alternatives[0])[0]
    app = create_app(contract, {first.name: "my own key, ü"})
    own = headers | {first.header: "my own key, ü".encode()}
    assert send(BODY, headers=headers, to=app).status_code == 401
    assert send(BODY, headers=own, to=app).status_code == 200


def test_a_credential_for_an_unknown_scheme_suggests_the_closest(contract: Contract) -> None:
    with pytest.raises(ValueError, match="did you mean Portkey-Key"):
        create_app(contract, {"portkey-key": "some-secret"})


@pytest.mark.parametrize("credential", ["", " leading", "line\nbreak"])
def test_a_credential_that_no_header_can_carry_is_rejected_and_not_shown(
    contract: Contract, credential: str
) -> None:
    with pytest.raises(ValueError, match="Portkey-Key") as caught:
        create_app(contract, {"Portkey-Key": credential})
    assert not credential or credential not in str(caught.value)
