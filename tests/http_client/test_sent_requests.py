from __future__ import annotations

import asyncio
import importlib.metadata

import pytest

from conformance.http_client import Exchange, Request, open_url
from conformance.secret import Secret
from tests.http_client.tcp_servers import Recorder, listening


def send(recorder: Recorder, request: Request, base: str = "") -> Exchange:
    async def scenario() -> Exchange:
        async with listening(recorder) as at, open_url(f"http://{at}{base}") as target:
            return await target.send(request)

    exchange = asyncio.run(scenario())
    assert exchange.failure is None
    return exchange


@pytest.mark.parametrize(
    "method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "post", "X-Y"]
)
def test_a_method_is_sent_without_changes(recorder: Recorder, method: str) -> None:
    if method == "HEAD":
        recorder.response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n"
    exchange = send(recorder, Request(method=method))
    assert recorder.request_line == f"{method} /embeddings HTTP/1.1".encode()
    assert exchange.response is not None
    assert exchange.response.body == (b"" if method == "HEAD" else b"ok")


def test_a_successful_connect_response_ends_with_its_head(recorder: Recorder) -> None:
    recorder.response = b"HTTP/1.1 200 OK\r\n\r\n"
    assert send(recorder, Request(method="CONNECT")).response is not None
    assert recorder.request_line == b"CONNECT /embeddings HTTP/1.1"


def test_bytes_are_sent_unchanged_with_their_length(recorder: Recorder) -> None:
    body = bytes(range(256)) * 1000
    send(recorder, Request(body=body))
    assert recorder.body == body
    assert b"Content-Length: 256000" in recorder.header_lines
    assert b"transfer-encoding" not in recorder.head.lower()


def test_an_empty_body_has_a_content_length_and_an_absent_body_has_none(recorder: Recorder) -> None:
    send(recorder, Request(body=b""))
    assert b"Content-Length: 0" in recorder.header_lines
    send(recorder, Request(body=None))
    assert b"content-length" not in recorder.head.lower()
    assert b"transfer-encoding" not in recorder.head.lower()


def test_a_tuple_is_sent_as_one_chunk_for_each_item(recorder: Recorder) -> None:
    send(recorder, Request(body=(b'{"a"', b"", b":1}")))
    assert recorder.body == b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
    assert b"Transfer-Encoding: chunked" in recorder.header_lines
    assert b"content-length" not in recorder.head.lower()
    send(recorder, Request(body=()))
    assert recorder.body == b"0\r\n\r\n"


def test_headers_keep_their_order_case_and_repetitions(recorder: Recorder) -> None:
    headers = (("x-B", "2"), ("X-a", "1"), ("x-B", "1"), ("Content-Type", "application/json"))
    send(recorder, Request(headers=headers))
    assert recorder.header_lines[1:5] == [b"x-B: 2", b"X-a: 1", b"x-B: 1", b"Content-Type: application/json"]


def test_only_host_framing_and_three_defaults_are_added(recorder: Recorder) -> None:
    send(recorder, Request(body=b"{}"))
    release = importlib.metadata.version("embeddings-conformance")
    assert recorder.header_lines[1:] == [
        f"User-Agent: embeddings-conformance/{release}".encode(),
        b"Accept: application/json",
        b"Accept-Encoding: gzip, deflate",
        b"Content-Length: 2",
    ]
    assert recorder.header_lines[0].startswith(b"Host: 127.0.0.1:")


def test_a_default_is_not_added_if_the_request_has_the_header(recorder: Recorder) -> None:
    own = (("uSER-agent", "me"), ("accept", "*/*"), ("ACCEPT-ENCODING", ""), ("host", "other.example"))
    send(recorder, Request(headers=own))
    assert recorder.header_lines == [
        b"uSER-agent: me",
        b"accept: */*",
        b"ACCEPT-ENCODING: ",
        b"host: other.example",
    ]


def test_a_request_can_have_its_own_framing_header(recorder: Recorder) -> None:
    send(recorder, Request(headers=(("content-length", "2"),), body=b"{}"))
    assert recorder.head.lower().count(b"content-length") == 1
    send(recorder, Request(headers=(("Transfer-Encoding", "chunked"),), body=b"{}"))
    assert recorder.body == b"2\r\n{}\r\n0\r\n\r\n"
    assert b"content-length" not in recorder.head.lower()


def test_header_values_are_sent_as_utf_8_with_the_whitespace_around_them(recorder: Recorder) -> None:
    send(recorder, Request(headers=(("x-name", "Zoë 日本"), ("x-space", " \tkey  "), ("x-empty", ""))))
    assert recorder.header_lines[1] == "x-name: Zoë 日本".encode()
    assert recorder.header_lines[2] == b"x-space:  \tkey  "
    assert recorder.header_lines[3] == b"x-empty: "


def test_a_secret_is_sent_as_its_value(recorder: Recorder) -> None:
    send(recorder, Request(headers=(("authorization", Secret("Bearer sk-123", "KEY")),)))
    assert recorder.header_lines[1] == b"authorization: Bearer sk-123"


def test_cookies_are_not_kept(recorder: Recorder) -> None:
    recorder.response = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"

    async def scenario() -> None:
        async with listening(recorder) as at, open_url(f"http://{at}") as target:
            await target.send(Request())
            await target.send(Request())

    asyncio.run(scenario())
    assert len(recorder.messages) == 2
    assert b"cookie" not in recorder.head.lower()


def test_redirects_are_not_followed(recorder: Recorder) -> None:
    recorder.response = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n"
    exchange = send(recorder, Request())
    assert exchange.response is not None
    assert exchange.response.status == 307
    assert exchange.response.header("Location") == "/else"
    assert len(recorder.messages) == 1


def test_proxy_variables_of_the_environment_are_ignored(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    send(recorder, Request())
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
def test_the_path_is_appended_to_the_base_path_and_the_query_to_the_base_query(
    recorder: Recorder, base: str, path: str, query: str, target: str
) -> None:
    send(recorder, Request(path=path, query=query), base)
    assert recorder.request_line == f"POST {target} HTTP/1.1".encode()
