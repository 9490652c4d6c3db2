"""Requests that are sent in an unusual way: other versions, header names, timing, and clients that disconnect."""

from __future__ import annotations

import asyncio
import re

import pytest

from conformance.http_client import (
    Abandon,
    ChunkedWith,
    Exchange,
    FailureKind,
    HeaderNames,
    Limits,
    Request,
    Transport,
    open_url,
)
from conformance.http_client.request_writer import write_request
from conformance.http_client.url import Address
from tests.http_client.asgi_apps import Message, Receive, Send, finish, send_to_app, start
from tests.http_client.outcomes import kind_of
from tests.http_client.tcp_servers import OK, Handler, Reader, Recorder, Writer, listening, send_all

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def sent(request: Request, handler: Handler) -> Exchange:
    return send_all(handler, request)[0]


def pipelined(handler: Handler, before: int = 1) -> Exchange:
    async def scenario() -> Exchange:
        request = Request(body=b"last", transport=Transport(pipelined=True))
        earlier = [Request(body=b"%d" % number) for number in range(before)]
        async with listening(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            return await target.send(request, after=earlier)

    return asyncio.run(scenario())


def test_a_request_can_be_sent_as_http_1_0(recorder: Recorder) -> None:
    recorder.response = b"HTTP/1.0 200 OK\r\n\r\nok"

    async def close_after_response(reader: Reader, writer: Writer) -> None:
        try:
            await asyncio.wait_for(recorder(reader, writer), 0.1)
        except TimeoutError:
            return

    exchange = sent(Request(body=b"x", transport=Transport(http10=True)), close_after_response)
    assert recorder.request_line == b"POST /embeddings HTTP/1.0"
    assert exchange.body == b"ok"


def test_other_lengths_are_sent_beside_the_right_one(recorder: Recorder) -> None:
    for last, expected in ((False, b"Content-Length: 4"), (True, b"Content-Length: 5")):
        sent(Request(body=b"12345", transport=Transport(lengths=(4,), lengths_last=last)), recorder)
        lengths = [line for line in recorder.header_lines if line.startswith(b"Content-Length")]
        assert lengths[0] == expected
        assert len(lengths) == 2


@pytest.mark.parametrize(("lengths", "kind"), [((4,), FailureKind.ABANDONED), ((), FailureKind.DROPPED)])
def test_a_target_may_close_the_connection_of_a_request_with_two_lengths(
    lengths: tuple[int, ...], kind: FailureKind
) -> None:
    async def close(_: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\n")
        writer.close()

    assert kind_of(sent(Request(body=b"12345", transport=Transport(lengths=lengths)), close)) is kind


def test_a_connection_of_http_1_0_is_not_used_again(recorder: Recorder) -> None:
    send_all(recorder, Request(transport=Transport(http10=True)), Request())
    assert recorder.connections == 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (HeaderNames.AS_GIVEN, {b"Host", b"X-Key", b"Content-Length"}),
        (HeaderNames.LOWER, {b"host", b"x-key", b"content-length"}),
        (HeaderNames.UPPER, {b"HOST", b"X-KEY", b"CONTENT-LENGTH"}),
    ],
)
def test_header_names_are_sent_in_a_case(
    recorder: Recorder, names: HeaderNames, expected: set[bytes]
) -> None:
    sent(Request(headers=(("X-Key", "Value"),), body=b"x", transport=Transport(names=names)), recorder)
    assert expected <= {line.partition(b":")[0] for line in recorder.header_lines}
    assert any(line.endswith(b": Value") for line in recorder.header_lines)


def test_exact_headers_are_the_only_ones_and_have_the_host_of_the_target(recorder: Recorder) -> None:
    headers = (("X-Key", "Value"), ("host", "{host}"), ("Content-length", "1"))
    sent(Request(headers=headers, body=b"x", transport=Transport(exact=True)), recorder)
    assert [line.partition(b":")[0] for line in recorder.header_lines] == [
        b"X-Key",
        b"host",
        b"Content-length",
    ]
    assert recorder.header_lines[1].startswith(b"host: 127.0.0.1:")


@pytest.mark.parametrize(("scheme", "offered"), [("http", True), ("https", False)])
def test_exact_headers_offer_http_2_only_without_tls(scheme: str, offered: bool) -> None:
    headers = (
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Host", ""),
        ("HTTP2-Settings", "AAMAAABk"),
        ("Upgrade", "h2c"),
        ("Content-Length", "1"),
    )
    request = Request(headers=headers, body=b"x", transport=Transport(exact=True))
    head = write_request(request, Address(scheme, "h", 1, ""), Limits()).parts[0]
    assert (b"h2c" in head) is (b"HTTP2-Settings" in head) is offered
    assert b"Content-Length: 1" in head


def test_a_body_with_exact_headers_can_be_chunked(recorder: Recorder) -> None:
    headers = (("Host", ""), ("Transfer-encoding", "chunked"))
    sent(Request(headers=headers, body=(b"chunk",), transport=Transport(exact=True)), recorder)
    assert recorder.body == b"5\r\nchunk\r\n0\r\n\r\n"


def test_a_switch_to_another_protocol_is_a_response() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\0\0")
        await writer.drain()

    exchange = sent(Request(headers=(("Connection", "Upgrade"), ("Upgrade", "h2c")), body=b"x"), serve)
    assert (exchange.status, exchange.extra) == (101, b"")


@pytest.mark.parametrize("interim", [CONTINUE, b""])
def test_the_body_follows_the_continue_response_or_a_second(interim: bytes) -> None:
    arrived: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        arrived.append(await reader.readuntil(b"\r\n\r\n"))
        if interim:
            await asyncio.sleep(0.1)
            assert not reader._buffer  # type: ignore[attr-defined]
        writer.write(interim)
        arrived.append(await reader.readexactly(4))
        writer.write(OK)

    exchange = sent(Request(body=b"body", transport=Transport(expect_continue=True)), serve)
    assert b"Expect: 100-continue" in arrived[0]
    assert arrived[1] == b"body"
    assert exchange.status == 200
    assert (exchange.seconds >= 1) is (not interim)


def test_the_body_is_not_sent_after_a_rejection() -> None:
    arrived: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        arrived.append(await reader.read())

    exchanges = send_all(
        serve, Request(body=b"body", transport=Transport(expect_continue=True)), Request(), pause=0.1
    )
    assert exchanges[0].status == 413
    assert arrived[0] == b""


def test_a_body_can_be_sent_in_pieces(recorder: Recorder) -> None:
    exchange = sent(Request(body=b"12345678", transport=Transport(pause=0.05)), recorder)
    assert recorder.body == b"12345678"
    assert exchange.seconds >= 0.15


def test_the_rest_of_a_body_is_sent_without_pauses_when_an_event_is_set(recorder: Recorder) -> None:
    until = asyncio.Event()
    until.set()
    exchange = sent(Request(body=b"12345678", transport=Transport(pause=30.0, until=until)), recorder)
    assert recorder.body == b"12345678"
    assert exchange.seconds < 20


@pytest.mark.parametrize(
    ("more", "sent_as"),
    [
        (None, b"3\r\n1\r\n\r\n2\r\n23\r\n0\r\n\r\n"),
        (
            ChunkedWith.EXTENSIONS,
            b'3;checked=1;note="a;b"\r\n1\r\n\r\n2;checked=1;note="a;b"\r\n23\r\n0\r\n\r\n',
        ),
        (ChunkedWith.TRAILERS, b"3\r\n1\r\n\r\n2\r\n23\r\n0\r\nX-Checked: 1\r\n\r\n"),
    ],
)
def test_chunks_can_have_extensions_and_a_trailer(more: ChunkedWith | None, sent_as: bytes) -> None:
    request = Request(body=(b"1\r\n", b"23"), transport=Transport(chunked_with=more))
    message = write_request(request, Address("http", "h", 80, ""), Limits())
    assert b"".join(message.parts[1:]) == sent_as


@pytest.mark.parametrize(
    ("abandon", "body"), [(Abandon.IN_BODY, b"1234"), (Abandon.BEFORE_RESPONSE, b"12345678")]
)
def test_a_client_can_disconnect(abandon: Abandon, body: bytes) -> None:
    arrived: list[bytes] = []

    async def serve(reader: Reader, _: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.append(await reader.read())

    request = Request(body=b"12345678", transport=Transport(abandon=abandon))
    exchange = send_all(serve, request, pause=0.1)[0]
    assert kind_of(exchange) is FailureKind.ABANDONED
    assert arrived == [body]


def test_pipelined_requests_are_sent_together_and_the_last_response_counts() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        received = b""
        while received.count(b"POST") < 3 or not received.endswith(b"last"):
            received += await reader.read(10_000)
        for number in range(3):
            writer.write(b"HTTP/1.1 20%d OK\r\nContent-Length: 1\r\n\r\nx" % number)

    assert pipelined(serve, before=2).status == 202


def test_pipelined_requests_are_sent_at_once() -> None:
    received: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        received.append(await reader.read(10_000))
        writer.write(OK * 2)

    assert pipelined(serve).body == b"ok"
    assert received[0].count(b"POST ") == 2
    assert received[0].endswith(b"last")


def test_a_pipelined_response_may_arrive_in_pieces_with_the_one_before_it() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"last")
        for piece in (OK + OK[:12], OK[12:-3], OK[-3:]):
            writer.write(piece)
            await asyncio.sleep(0.05)

    assert pipelined(serve).body == b"ok"


def test_a_target_may_close_after_the_first_pipelined_request() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert kind_of(pipelined(serve)) is FailureKind.ABANDONED


def test_a_target_may_not_close_before_the_first_response() -> None:
    async def serve(reader: Reader, _: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")

    assert kind_of(pipelined(serve)) is FailureKind.DROPPED


@pytest.mark.parametrize(
    ("abandon", "body"), [(Abandon.IN_BODY, b"1234"), (Abandon.BEFORE_RESPONSE, b"12345678")]
)
def test_an_application_sees_a_disconnected_client(abandon: Abandon, body: bytes) -> None:
    received: list[Message] = []

    async def handle(_: Message, receive: Receive, __: Send) -> None:
        while not received or received[-1]["type"] != "http.disconnect":
            received.append(await receive())

    exchange = send_to_app(handle, Request(body=b"12345678", transport=Transport(abandon=abandon)))
    assert kind_of(exchange) is FailureKind.ABANDONED
    assert b"".join(message.get("body", b"") for message in received) == body


def test_an_application_sees_the_version() -> None:
    seen: Message = {}

    async def handle(scope: Message, _: Receive, send: Send) -> None:
        seen.update(scope)
        await start(send, 200)
        await finish(send, b"ok")

    exchange = send_to_app(handle, Request(body=b"x", transport=Transport(http10=True)))
    assert seen["http_version"] == "1.0"
    assert exchange.body == b"ok"


@pytest.mark.parametrize(
    ("transport", "expected"),
    [
        (Transport(), ""),
        (Transport(http10=True, names=HeaderNames.LOWER), "HTTP/1.0, header names in lowercase"),
        (Transport(abandon=Abandon.IN_BODY), "the client disconnects in the middle of the body"),
        (Transport(exact=True), "no other headers"),
    ],
)
def test_a_transport_describes_itself(transport: Transport, expected: str) -> None:
    assert re.fullmatch(expected, str(transport))


@pytest.mark.parametrize("transport", [Transport(pause=0.15), Transport(expect_continue=True)])
def test_the_time_that_the_client_waits_itself_does_not_count_for_the_timeout(
    recorder: Recorder, transport: Transport
) -> None:
    async def scenario() -> Exchange:
        async with listening(recorder) as at, open_url(f"http://{at}", timeout=0.5) as target:
            return await target.send(Request(body=b"1234", transport=transport))

    exchange = asyncio.run(scenario())
    assert exchange.succeeded
    assert exchange.seconds >= 0.5


def test_the_time_that_the_client_waits_for_a_close_does_not_count_for_the_timeout() -> None:
    async def late(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.4)
        writer.write(OK)
        await asyncio.sleep(5)

    async def scenario() -> Exchange:
        async with listening(late) as at, open_url(f"http://{at}", timeout=0.5) as target:
            return await target.send(Request(transport=Transport(until_closed=True)))

    assert asyncio.run(scenario()).succeeded
