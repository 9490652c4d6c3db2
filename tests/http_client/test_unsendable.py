from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.http_client import Request, Unsendable, open_app, open_url
from tests.http_client.tcp_servers import Recorder, listening

UNSENDABLE = [
    (Request(headers=(("x-key", "sk-secret\r\nx-evil: 1"),)), "x-key"),
    (Request(headers=(("x-key", "sk-secret\0"),)), "x-key"),
    (Request(headers=(("x-key", "sk-secret\ud800"),)), "surrogates"),
    (Request(headers=(("bad name", "sk-secret"),)), "bad name"),
    (Request(headers=(("", "sk-secret"),)), "header name"),
    (Request(path="/sk-secret\ud800"), "surrogates"),
    (Request(query="sk-secret\ud800"), "surrogates"),
    (Request(method="GET /x"), "method"),
    (Request(method=""), "method"),
    (Request(headers=(("content-length", "5"),), body=b"{}"), "Content-Length"),
    (Request(headers=(("content-length", "1"),), body=b"{}"), "Content-Length"),
    (Request(headers=(("content-length", "1"),)), "Content-Length"),
    (Request(headers=(("host", "a"), ("Host", "b"))), "Host"),
]


@pytest.mark.parametrize(("request_", "expected"), UNSENDABLE)
@pytest.mark.parametrize("kind", ["url", "app"])
def test_a_request_that_is_not_valid_http_is_an_error_and_is_never_sent(
    recorder: Recorder, request_: Request, expected: str, kind: str
) -> None:
    async def scenario() -> None:
        async with (
            listening(recorder) as at,
            open_url(f"http://{at}") if kind == "url" else open_app(unreachable) as target,
        ):
            await target.send(request_)

    with pytest.raises(Unsendable, match=expected) as caught:
        asyncio.run(scenario())
    assert isinstance(caught.value, ValueError)
    assert caught.value.request is request_
    assert "sk-secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert recorder.messages == []


async def unreachable(scope: Any, _receive: Any, _send: Any) -> None:
    if scope["type"] == "http":
        pytest.fail("the request was sent")
