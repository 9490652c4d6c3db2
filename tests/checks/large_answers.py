"""Servers with large responses: ASGI applications around the reference server."""

from __future__ import annotations

import gzip
import re

from starlette.types import ASGIApp

from conformance.reference import app as reference
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server, application, server_of, with_faults

MEGABYTE = 2**20
PADDING = b" " * (20 * MEGABYTE)
NUMBER = re.compile(rb"\b0\.\d+")
BOMB = gzip.compress(bytes(250 * MEGABYTE), 9)


async def _pads_rejections(request: Request, correct: Server) -> Response:
    response = await correct(request)
    return response if response.ok else response.with_body(response.body + PADDING)


async def _writes_long_numbers(request: Request, correct: Server) -> Response:
    """Write each number with as many digits as a double can need."""
    response = await correct(request)
    if not response.ok or b"base64" in request.body:
        return response
    return response.with_body(NUMBER.sub(rb"\g<0>0123456789", response.body))


async def _rejects_with_bombs(request: Request, correct: Server) -> Response:
    response = await correct(request)
    return response if response.ok else response.with_body(BOMB).with_header("content-encoding", "gzip")


def _served(fault: Fault) -> ASGIApp:
    return application(with_faults(server_of(reference), fault))


padded = _served(_pads_rejections)
long_numbers = _served(_writes_long_numbers)
bombs = _served(_rejects_with_bombs)
