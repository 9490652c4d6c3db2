"""A lenient server accepts what many real servers accept, and judges all else as a strict one does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.reference import create_app

Send = Callable[..., httpx.Response]
SMALL = "text-embedding-3-small"
BODY: dict[str, Any] = {"model": SMALL, "input": ["river", "violin"]}


@pytest.fixture(scope="module")
def lenient() -> ASGIApp:
    return create_app(lenient=True)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"unknown": {"a": [1]}}, id="unknown property"),
        pytest.param(
            {"dimensions": None, "user": None, "encoding_format": None}, id="null for optional properties"
        ),
        pytest.param({"model": None}, id="null for the model"),
        pytest.param({"model": ""}, id="empty model"),
    ],
)
def test_deviations_get_the_response_of_the_request_without_them(
    send: Send, lenient: ASGIApp, changes: dict[str, object]
) -> None:
    strict = send(BODY | changes)
    response = send(BODY | changes, to=lenient)
    assert response.status_code == 200
    assert response.content == send(BODY).content
    assert strict.status_code in (400, 404)


def test_a_missing_model_is_the_default_one(send: Send, lenient: ASGIApp, contract: Contract) -> None:
    response = send({"input": "river"}, to=lenient)
    assert response.json()["model"] == contract.example_model
    assert send({"input": "river"}).status_code == 400


def test_any_model_is_accepted_and_named_in_the_response(send: Send, lenient: ASGIApp) -> None:
    body = BODY | {"model": "my/own model", "dimensions": 8}
    response = send(body, to=lenient)
    assert response.json()["model"] == "my/own model"
    assert {len(item["embedding"]) for item in response.json()["data"]} == {8}
    assert send(body).status_code == 404


def test_known_models_keep_their_sizes(send: Send, lenient: ASGIApp) -> None:
    response = send(BODY | {"model": "text-embedding-3-large"}, to=lenient)
    assert len(response.json()["data"][0]["embedding"]) == 3072


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_any_media_type_is_accepted(
    send: Send, lenient: ASGIApp, headers: dict[str, str], media_type: str | None
) -> None:
    others = {name: value for name, value in headers.items() if name != "Content-Type"}
    sent = others if media_type is None else others | {"Content-Type": media_type}
    assert send(BODY, headers=sent, to=lenient).status_code == 200
    assert send(BODY, headers=sent).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"input": "a", "input": "b"}',
        {"model": SMALL},
        {"model": SMALL, "input": None},
        {"model": SMALL, "input": ""},
        {"model": SMALL, "input": ["a"] * 2049},
        {"model": 7, "input": "a"},
        {"model": "\ud800", "input": "a"},
        {"model": SMALL, "input": "a", "dimensions": "8"},
        {"model": SMALL, "input": "a", "dimensions": 9999},
        {"model": "text-embedding-ada-002", "input": "a", "dimensions": 8},
        {"model": SMALL, "input": "a", "encoding_format": "hex"},
    ],
)
def test_other_invalid_requests_are_rejected(send: Send, lenient: ASGIApp, body: object) -> None:
    response = send(body, to=lenient)
    assert response.status_code == 400
    assert response.json()["error"].keys() == {"message", "type", "param", "code"}


def test_credentials_are_checked(send: Send, lenient: ASGIApp) -> None:
    assert send(BODY, headers={}, to=lenient).status_code == 401


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(categories=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
MEMBERS = st.sampled_from(["model", "input", "dimensions", "encoding_format", "user", "other"])


@given(st.dictionaries(MEMBERS, VALUES) | VALUES)
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
def test_no_body_is_an_error_of_the_server(send: Send, lenient: ASGIApp, body: object) -> None:
    assert send(body, to=lenient).status_code < 500
