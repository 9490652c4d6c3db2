from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import Contract
from tests.clients.recorder import Call
from tests.clients.rows import decodes, describe, differences, form

CONTRACT = Contract.load()
HEADERS = {"content-type": "application/json", "content-length": "9", "authorization": "Bearer key"}


def described(body: dict[str, Any], headers: dict[str, str] = HEADERS) -> dict[str, Any]:
    call = Call("POST", "/v1/embeddings", "1.1", headers, json.dumps(body).encode(), 200)
    return describe(call, CONTRACT, ["key"])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("text", "string"),
        (["text"], "strings"),
        ([1, 2], "tokens"),
        ([[1], [2]], "token arrays"),
        ([], "neither text nor tokens"),
        (None, "neither text nor tokens"),
        ({}, "neither text nor tokens"),
    ],
)
def test_names_of_input_forms(given: object, name: str) -> None:
    assert form(given) == name


def test_describes_a_request() -> None:
    assert described({"input": ["a"], "model": "m", "encoding_format": "base64"}) == {
        "request": "POST /v1/embeddings HTTP/1.1",
        "content_type": "application/json",
        "framing": "content-length",
        "input": "strings",
        "encoding_format": "base64",
        "nulls": [],
        "unknown": [],
        "authorization": "Bearer and a credential",
        "headers": ["authorization", "content-length", "content-type"],
    }


def test_lists_null_and_unknown_properties() -> None:
    found = described({"input": "a", "model": "m", "user": None, "encoding_format": None, "task": "query"})
    assert (found["nulls"], found["unknown"]) == (["encoding_format", "user"], ["task"])
    assert found["encoding_format"] is None
    assert described({"input": "a", "model": "m"})["encoding_format"] == "absent"


def test_shows_an_authorization_that_is_not_a_credential() -> None:
    body = {"input": "a", "model": "m"}
    assert (
        described(body, {"authorization": "Bearer OPENAI_API_KEY"})["authorization"]
        == "Bearer OPENAI_API_KEY"
    )
    assert described(body, {})["authorization"] == "absent"
    assert described(body, {})["framing"] == "chunked"


def test_callers_get_floats_or_a_string() -> None:
    assert decodes([[0.5], [0.5]]) == "floats"
    assert decodes(["AAAAPw==", "AAAAPw=="]) == "string"


def test_equal_rows_have_no_differences() -> None:
    row = described({"input": "a", "model": "m"})
    assert not list(differences(row, dict(reversed(row.items()))))


def test_lists_every_difference() -> None:
    before = {"input": "strings", "encoding_format": "base64", "headers": ["accept", "host"], "removed": 1}
    now = {"input": "strings", "encoding_format": None, "headers": ["host", "x-new"], "new": 2}
    assert list(differences(before, now)) == [
        "encoding_format: expected 'base64', found None",
        "headers: expected 2 names, found 2 names (removed: accept; new: x-new)",
        "removed: expected 1, found 'absent'",
        "new: expected 'absent', found 2",
    ]


def test_missing_row_is_a_difference() -> None:
    assert len(list(differences(None, {"input": "string"}))) == 1
