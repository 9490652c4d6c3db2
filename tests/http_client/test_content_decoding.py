from __future__ import annotations

import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from conformance.http_client import Exchange, FailureKind, Limits, Request, open_url
from tests.http_client.tcp_servers import Recorder, listening

TEXT = b'{"data": [0.1, 0.2, 0.3]}' * 10_000
MEBIBYTE = 1024 * 1024


def pack_gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)  # without a time, because the bytes are a part of test ids


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def response_with(coding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def fetch(recorder: Recorder, response: bytes, limits: Limits | None = None) -> Exchange:
    recorder.response = response

    async def scenario() -> Exchange:
        async with listening(recorder) as at, open_url(f"http://{at}", limits=limits, timeout=30) as target:
            return await target.send(Request())

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", pack_gzip(TEXT)),
        ("GZip", pack_gzip(TEXT)),
        ("x-gzip", pack_gzip(TEXT)),
        ("gzip", pack_gzip(TEXT[:999]) + pack_gzip(TEXT[999:])),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("identity", TEXT),
        ("", TEXT),
        ("deflate, gzip", pack_gzip(zlib.compress(TEXT))),
        ("identity, gzip", pack_gzip(TEXT)),
    ],
)
def test_a_correct_content_coding_is_decoded(recorder: Recorder, coding: str, body: bytes) -> None:
    exchange = fetch(recorder, response_with(coding, body))
    assert exchange.failure is None
    assert exchange.response is not None
    assert exchange.response.body == TEXT


def test_bodies_of_any_size_are_decoded_completely(recorder: Recorder) -> None:
    # Near the size of the decoded pieces, where an error in the loop loses the last bytes.
    sizes = [0, 1, 65535, 65536, 65537, 131072, 131073, 300_000]
    noise = random.Random(1).randbytes(300_000)
    for size in sizes:
        for data in (b"a" * size, noise[:size]):
            packed = [("gzip", pack_gzip(data)), ("deflate", zlib.compress(data))]
            packed.append(("deflate", raw_deflate(data)))
            for coding, body in packed:
                exchange = fetch(recorder, response_with(coding, body))
                assert exchange.response is not None
                assert exchange.response.body == data


@pytest.mark.parametrize(
    ("coding", "body", "expected"),
    [
        ("gzip", b'{"data": []}', "Content-Encoding is gzip, the body is not"),
        ("deflate", b'{"data": []}', "Content-Encoding is deflate, the body is not"),
        ("gzip", zlib.compress(TEXT), "Content-Encoding is gzip, the body is not"),
        ("gzip", pack_gzip(TEXT)[:-1], "Content-Encoding is gzip, the body ends too early"),
        ("gzip", pack_gzip(TEXT)[:9], "ends too early"),
        ("gzip", pack_gzip(TEXT) + b"rubbish", "Content-Encoding is gzip, the body is not"),
        ("deflate", zlib.compress(TEXT) + b"rubbish", "continues after its end"),
        ("gzip", pack_gzip(TEXT)[:-8] + b"\0" * 8, "incorrect"),
        ("br", b"\x0b\x02\x80", "Content-Encoding is 'br'"),
        ("gzip, gzip, gzip", b"\x1f\x8b", "has more than 2"),
        (", ".join(["gzip"] * 5000), b"\x1f\x8b", "has more than 2"),
    ],
)
def test_a_wrong_or_unsupported_content_coding_is_a_protocol_failure(
    recorder: Recorder, coding: str, body: bytes, expected: str
) -> None:
    exchange = fetch(recorder, response_with(coding, body))
    assert exchange.response is None
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.PROTOCOL
    assert expected in exchange.failure.detail
    assert "\n" not in exchange.failure.detail


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_an_empty_body_is_empty_with_any_coding(recorder: Recorder, coding: str) -> None:
    exchange = fetch(recorder, response_with(coding, b""))
    assert exchange.response is not None
    assert exchange.response.body == b""


def test_a_body_that_decodes_to_nothing_is_limited_by_its_encoded_size(recorder: Recorder) -> None:
    nothing = b"\x00\x00\x00\xff\xff"  # an empty stored block, RFC 1951, section 3.2.4
    start = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    body = start.compress(b"") + start.flush(zlib.Z_SYNC_FLUSH) + nothing * 2000
    exchange = fetch(recorder, response_with("gzip", body), Limits(body=5000))
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TOO_LARGE
    assert "encoded" in exchange.failure.detail


@pytest.mark.parametrize("pack", [pack_gzip, zlib.compress])
def test_a_decompression_bomb_is_stopped_while_it_is_decoded(
    recorder: Recorder, pack: Callable[[bytes], bytes]
) -> None:
    bomb = pack(bytes(60 * MEBIBYTE))
    coding = "gzip" if pack is pack_gzip else "deflate"
    tracemalloc.start()
    exchange = fetch(recorder, response_with(coding, bomb), Limits(body=2 * MEBIBYTE))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TOO_LARGE
    assert "2,097,152" in exchange.failure.detail
    assert peak < 12 * MEBIBYTE


def test_a_nested_decompression_bomb_is_stopped_by_its_ratio(recorder: Recorder) -> None:
    bomb = pack_gzip(pack_gzip(bytes(30 * MEBIBYTE)))
    assert len(bomb) < 2000
    exchange = fetch(recorder, response_with("gzip, gzip", bomb))
    assert exchange.failure is not None
    assert exchange.failure.kind is FailureKind.TOO_LARGE
    assert "2,000 times" in exchange.failure.detail


def test_a_highly_compressible_body_is_accepted(recorder: Recorder) -> None:
    exchange = fetch(recorder, response_with("gzip", pack_gzip(b"0" * 8 * MEBIBYTE)))
    assert exchange.response is not None
    assert len(exchange.response.body) == 8 * MEBIBYTE
