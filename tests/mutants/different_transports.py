"""Correct servers that reject unusual ways to send a request, each with its own status."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tests.faulty_servers.faults import OnRequest, changes_request, responds
from tests.faulty_servers.messages import Request, error
from tests.faulty_servers.servers import Fault


def servers_with_few_transports() -> Iterator[tuple[str, Fault]]:
    """Correct servers by name."""
    for name, status, when in (
        ("compressed bodies", 415, _has("content-encoding")),
        ("Expect", 417, _has("expect")),
        ("HTTP/1.0", 426, _is_old),
        ("HTTP/1.0", 505, _is_old),
        ("long headers", 431, _has_long_header),
        ("percent-encoded paths", 404, _has_encoded_path),
    ):
        yield f"rejects {name} with {status}", responds(when, error(status))
    yield "accepts compressed bodies", changes_request(_has("content-encoding"), _decompressed)


def _has(name: str) -> OnRequest:
    return lambda request: request.header(name) is not None


def _is_old(request: Request) -> bool:
    return request.version == "1.0"


def _has_long_header(request: Request) -> bool:
    return any(len(value) > 2000 for _, value in request.headers)


def _has_encoded_path(request: Request) -> bool:
    return b"%" in request.raw_path


def _decompressed(request: Request) -> Request:
    return request.with_body(gzip.decompress(request.body)).with_header("content-encoding", None)
