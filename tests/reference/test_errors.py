from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.reference import create_app

Send = Callable[..., httpx.Response]
SMALL, ADA = "text-embedding-3-small", "text-embedding-ada-002"


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error of a response, after a check of its format."""
    assert response.headers["content-type"] == "application/json"
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert all(isinstance(error[key], str) and error[key] for key in ("message", "type", "code"))
    return error


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="truncated"),
        pytest.param(b"nonsense", id="nonsense"),
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"input": "a", "model": "%s"} {}' % SMALL.encode(), id="trailing"),
        pytest.param(b'{"input": [1, NaN], "model": "%s"}' % SMALL.encode(), id="NaN"),
        pytest.param(b'{"input": "a", "input": "b", "model": "%s"}' % SMALL.encode(), id="duplicate key"),
        pytest.param(b'\xef\xbb\xbf{"input": "a", "model": "%s"}' % SMALL.encode(), id="BOM"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"text"', id="string"),
        pytest.param(b"7", id="number"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_rejected_with_400(send: Send, body: bytes) -> None:
    response = send(body)
    assert response.status_code == 400
    error_of(response)


@pytest.mark.parametrize(
    ("body", "status", "param", "code"),
    [
        ({"model": SMALL}, 400, None, "request.input.required"),
        ({"model": SMALL, "input": ""}, 400, "input", None),
        ({"model": SMALL, "input": ["a", ""]}, 400, "input", "request.input.strings.items.empty"),
        ({"model": SMALL, "input": []}, 400, "input", None),
        ({"model": SMALL, "input": [[]]}, 400, "input", None),
        ({"model": SMALL, "input": ["a", 1]}, 400, "input", None),
        ({"model": SMALL, "input": [True]}, 400, "input", None),
        ({"model": SMALL, "input": ["a"] * 2049}, 400, "input", "request.input.strings.max-items"),
        ({"model": SMALL, "input": "a", "dimensions": 0}, 400, "dimensions", "request.dimensions.minimum"),
        (
            {"model": SMALL, "input": "a", "dimensions": 1537},
            400,
            "dimensions",
            "dimensions_above_native_size",
        ),
        (
            {"model": SMALL, "input": "a", "dimensions": 2**70},
            400,
            "dimensions",
            "dimensions_above_native_size",
        ),
        ({"model": ADA, "input": "a", "dimensions": 1536}, 400, "dimensions", "dimensions_not_supported"),
        ({"model": SMALL, "input": "a", "encoding_format": "hex"}, 400, "encoding_format", None),
        ({"model": SMALL, "input": "a", "encodingFormat": "float"}, 400, "encodingFormat", None),
        ({"model": SMALL, "input": [2**31]}, 400, "input", "unknown_token"),
        ({"model": SMALL, "input": [[1], [-1]]}, 400, "input", "unknown_token"),
        ({"model": SMALL, "input": [2**70]}, 400, "input", "unknown_token"),
        ({"model": SMALL, "input": ["a", "\ud800"]}, 400, "input", "invalid_unicode"),
        ({"model": SMALL, "input": "a" * 8193}, 400, "input", "context_length_exceeded"),
        ({"model": SMALL, "input": [[1], [1] * 8193]}, 400, "input", "context_length_exceeded"),
        ({"model": "no-such-model", "input": "a"}, 404, "model", "model_not_found"),
        ({"model": "\ud800", "input": "a"}, 404, "model", "model_not_found"),
        ({"model": SMALL.upper(), "input": "a"}, 404, "model", "model_not_found"),
        ({"model": "", "input": "a"}, 404, "model", "model_not_found"),
    ],
)
def test_an_invalid_payload_is_rejected_with_its_reason(
    send: Send, body: object, status: int, param: str | None, code: str | None
) -> None:
    response = send(body)
    error = error_of(response)
    assert (response.status_code, error["param"]) == (status, param)
    assert code is None or error["code"] == code


def test_a_text_of_exactly_the_token_limit_is_accepted(send: Send) -> None:
    assert send({"model": SMALL, "input": ["a" * 8192]}).status_code == 200
    assert send({"model": SMALL, "input": [[7] * 8192]}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m" * 1_000_000, "input": "a"},
        {"model": SMALL, "input": "a", "k" * 1_000_000: 1},
        {"model": SMALL, "input": "a", "\ud800": 1},
        {"model": SMALL, "input": [None] * 100_000},
        {"model": SMALL, "input": ["a" * 1_000_000, {}]},
        {"model": SMALL, "input": "a", "user": ["u" * 1_000_000]},
    ],
    ids=["model", "key", "surrogate", "items", "item", "user"],
)
def test_a_long_payload_gets_a_short_message(send: Send, body: object) -> None:
    response = send(body)
    error_of(response)
    assert response.status_code in (400, 404)
    assert len(response.content) < 600


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
@pytest.mark.parametrize("with_credentials", [True, False])
def test_another_method_is_not_allowed(
    send: Send, headers: dict[str, str], method: str, with_credentials: bool
) -> None:
    response = send(b"{}", method=method, headers=headers if with_credentials else {})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert method == "HEAD" or error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/embeddings", "/v1/embeddings/", "/v1//embeddings", "/V1/embeddings", "/v1/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_path_is_not_found_and_not_redirected(send: Send, method: str, path: str) -> None:
    response = send({"model": SMALL, "input": "a"}, method=method, path=path)
    assert response.status_code == 404
    assert error_of(response)["code"] == "unknown_path"


@pytest.mark.parametrize(
    "change",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json, text/plain"},
        {"Content-Type": "application/jsonl"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_another_media_type_or_coding_is_unsupported(
    send: Send, headers: dict[str, str], change: dict[str, str]
) -> None:
    response = send({"model": SMALL, "input": "a"}, headers=headers | change)
    assert response.status_code == 415
    error_of(response)


def test_a_body_without_a_media_type_is_unsupported(send: Send, headers: dict[str, str]) -> None:
    del (untyped := dict(headers))["Content-Type"]
    assert send({"model": SMALL, "input": "a"}, headers=untyped).status_code == 415


def test_the_response_to_an_internal_error_has_no_internals(
    send: Send, contract: Contract, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("conformance.reference.endpoint.prepare_response", fail)
    with caplog.at_level(logging.ERROR):
        response = send({"model": SMALL, "input": "a"}, to=create_app(contract))
    assert response.status_code == 500
    assert error_of(response)["type"] == "server_error"
    assert "secret detail" not in response.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("base_path", ["", "/v2", "/openai/deployments/x"])
def test_the_base_path_can_be_chosen(send: Send, contract: Contract, base_path: str) -> None:
    app: ASGIApp = create_app(contract, base_path=base_path)
    assert send({"model": SMALL, "input": "a"}, to=app, path=f"{base_path}{contract.path}").status_code == 200


@pytest.mark.parametrize(
    "options", [{"base_path": "v1"}, {"base_path": "/v1/"}, {"base_path": "/"}, {"max_body": 0}]
)
def test_an_unusable_option_is_rejected_at_the_start(contract: Contract, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        create_app(contract, **options)


def test_an_error_is_ascii_or_utf8_json(send: Send) -> None:
    assert json.loads(send({"model": "日本", "input": "a"}).content)["error"]["param"] == "model"
