from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from conformance.http_client import Exchange, Request, open_url
from conformance.secret import Secret

Listen = Callable[..., AbstractAsyncContextManager[str]]


def send(listen: Listen, recorder: Any, request: Request, base: str = "") -> Exchange:
    async def scenario() -> Exchange:
        async with listen(recorder) as at, open_url(f"http://{at}{base}") as target:
            return await target.send(request)

    exchange = asyncio.run(scenario())
    assert exchange.failure is None
    return exchange


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "post", "X-Y"]
)
def test_a_method_is_sent_as_it_is_written(listen: Listen, recorder: Any, method: str) -> None:
    if method == "HEAD":
        recorder.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n"
    exchange = send(listen, recorder, Request(method=method))
    assert recorder.request_line == f"{method} /embeddings HTTP/1.1".encode()
    assert exchange.response is not None
    assert exchange.response.body == (b"" if method == "HEAD" else b"ok")


def test_a_successful_connect_ends_with_its_head(listen: Listen, recorder: Any) -> None:
    recorder.answer = b"HTTP/1.1 200 OK\r\n\r\n"
    assert send(listen, recorder, Request(method="CONNECT")).response is not None
    assert recorder.request_line == b"CONNECT /embeddings HTTP/1.1"


def test_bytes_go_with_their_length_and_unchanged(listen: Listen, recorder: Any) -> None:
    body = bytes(range(256)) * 1000
    send(listen, recorder, Request(body=body))
    assert recorder.body == body
    assert b"Content-Length: 256000" in recorder.header_lines
    assert b"transfer-encoding" not in recorder.head.lower()


def test_an_empty_body_has_a_length_and_no_body_has_none(listen: Listen, recorder: Any) -> None:
    send(listen, recorder, Request(body=b""))
    assert b"Content-Length: 0" in recorder.header_lines
    send(listen, recorder, Request(body=None))
    assert b"content-length" not in recorder.head.lower()
    assert b"transfer-encoding" not in recorder.head.lower()


def test_a_tuple_goes_as_one_chunk_for_each_item(listen: Listen, recorder: Any) -> None:
    send(listen, recorder, Request(body=(b'{"a"', b"", b":1}")))
    assert recorder.body == b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    assert b"Transfer-Encoding: chunked" in recorder.header_lines
    assert b"content-length" not in recorder.head.lower()
    send(listen, recorder, Request(body=()))
    assert recorder.body == b"0\r\n\r\n"


def test_headers_keep_their_order_case_and_repetition(listen: Listen, recorder: Any) -> None:
    headers = (("x-B", "2"), ("X-a", "1"), ("x-B", "1"), ("Content-Type", "application/json"))
    send(listen, recorder, Request(headers=headers))
    assert recorder.header_lines[1:5] == [b"x-B: 2", b"X-a: 1", b"x-B: 1", b"Content-Type: application/json"]


def test_nothing_is_added_but_host_framing_and_the_three_defaults(listen: Listen, recorder: Any) -> None:
    send(listen, recorder, Request(body=b"{}"))
    release = importlib.metadata.version("embeddings-conformance")
    assert recorder.header_lines[1:] == [
        f"User-Agent: embeddings-conformance/{release}".encode(),
        b"Accept: application/json",
        b"Accept-Encoding: gzip, deflate",
        b"Content-Length: 2",
    ]
    assert recorder.header_lines[0].startswith(b"Host: 127.0.0.1:")


def test_a_default_that_the_request_names_itself_is_not_added(listen: Listen, recorder: Any) -> None:
    own = (("uSER-agent", "me"), ("accept", "*/*"), ("ACCEPT-ENCODING", ""), ("host", "other.example"))
    send(listen, recorder, Request(headers=own))
    assert recorder.header_lines == [
        b"uSER-agent: me",
        b"accept: */*",
        b"ACCEPT-ENCODING: ",
        b"host: other.example",
    ]


def test_a_request_may_frame_itself(listen: Listen, recorder: Any) -> None:
    send(listen, recorder, Request(headers=(("content-length", "2"),), body=b"{}"))
    assert recorder.head.lower().count(b"content-length") == 1
    send(listen, recorder, Request(headers=(("Transfer-Encoding", "chunked"),), body=b"{}"))
    assert recorder.body == b"2\r\n{}\r\n0\r\n\r\n"
    assert b"content-length" not in recorder.head.lower()


def test_header_values_go_as_utf_8_with_the_blanks_around_them(listen: Listen, recorder: Any) -> None:
    send(
        listen, recorder, Request(headers=(("x-name", "Zoë 日本"), ("x-blank", " \tkey  "), ("x-empty", "")))
    )
    assert recorder.header_lines[1] == "x-name: Zoë 日本".encode()
    assert recorder.header_lines[2] == b"x-blank:  \tkey  "
    assert recorder.header_lines[3] == b"x-empty: "


def test_a_secret_is_sent_as_its_value(listen: Listen, recorder: Any) -> None:
    send(listen, recorder, Request(headers=(("authorization", Secret("Bearer sk-123", "KEY")),)))
    assert recorder.header_lines[1] == b"authorization: Bearer sk-123"


def test_cookies_are_not_kept(listen: Listen, recorder: Any) -> None:
    recorder.answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"

    async def scenario() -> None:
        async with listen(recorder) as at, open_url(f"http://{at}") as target:
            await target.send(Request())
            await target.send(Request())

    asyncio.run(scenario())
    assert len(recorder.messages) == 2
    assert b"cookie" not in recorder.head.lower()


def test_redirects_are_not_followed(listen: Listen, recorder: Any) -> None:
    recorder.answer = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n"
    exchange = send(listen, recorder, Request())
    assert exchange.response is not None
    assert exchange.response.status == 307
    assert exchange.response.header("Location") == "/else"
    assert len(recorder.messages) == 1


def test_proxy_variables_of_the_environment_mean_nothing(
    listen: Listen, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    send(listen, recorder, Request())
    assert recorder.request_line == b"POST /embeddings HTTP/1.1"


@pytest.mark.parametrize(
    ("base", "path", "query", "target"),
    [
        ("", "/embeddings", "", "/embeddings"),
        ("/v1", "/embeddings", "", "/v1/embeddings"),
        ("/v1/", "/embeddings", "", "/v1/embeddings"),
        ("/d/x?api-version=1", "/embeddings", "", "/d/x/embeddings?api-version=1"),
        ("/d/x/?api-version=1", "/embeddings", "b=2", "/d/x/embeddings?api-version=1&b=2"),
        ("", "/embeddings", "b=2", "/embeddings?b=2"),
        ("/v1/", "", "", "/v1/"),
        ("", "", "", "/"),
        ("/v1", "embeddings", "", "/v1/embeddings"),
        ("/a%2Fb/ü", "/../x y", "", "/a%2Fb/%C3%BC/../x%20y"),
        ("/@cf/model", "/embeddings", "", "/@cf/model/embeddings"),
    ],
)
def test_the_path_goes_behind_the_base_path_and_before_its_query(
    listen: Listen, recorder: Any, base: str, path: str, query: str, target: str
) -> None:
    send(listen, recorder, Request(path=path, query=query), base)
    assert recorder.request_line == f"POST {target} HTTP/1.1".encode()
