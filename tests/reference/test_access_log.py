"""The access log: one line for each request, without anything that can be a credential."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.reference import AccessLog, ConnectionDropped, inject

Send = Callable[..., httpx.Response]
BODY = {"model": "text-embedding-3-small", "input": ["river", "violin"]}


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"body": BODY}, r"POST /v1/embeddings 200 \d+\.\d ms, inputs: 2"),
        ({"body": BODY | {"input": "river"}}, r"POST /v1/embeddings 200 \d+\.\d ms, inputs: 1"),
        ({"body": {}}, r"POST /v1/embeddings 400 \d+\.\d ms, inputs: -"),
        ({"method": "GET", "path": "/v1/models"}, r"GET /v1/models 200 \d+\.\d ms, inputs: -"),
        ({"path": "/a%0Ab?key=s3cret"}, r"POST /a\\nb 404 \d+\.\d ms, inputs: -"),
        ({"headers": {"x-portkey-api-key": "s3cret"}}, r"POST /v1/embeddings 401 \d+\.\d ms, inputs: -"),
    ],
)
def test_each_request_has_a_line(send: Send, app: ASGIApp, request_: dict[str, object], line: str) -> None:
    lines: list[str] = []
    response = send(**request_, to=AccessLog(app, lines.append))
    assert response.content == send(**request_, to=app).content
    assert len(lines) == 1
    assert re.fullmatch(line, lines[0])


def test_a_dropped_connection_has_no_status(send: Send, app: ASGIApp) -> None:
    lines: list[str] = []
    with pytest.raises(ConnectionDropped):
        send(BODY, to=AccessLog(inject(app, fail=["drop:first-1"]), lines.append))
    assert lines[0].startswith("POST /v1/embeddings - ")


def test_a_closed_output_has_no_effect_on_responses(send: Send, app: ASGIApp) -> None:
    def closed(_line: str) -> None:
        raise BrokenPipeError

    assert send(BODY, to=AccessLog(app, closed)).status_code == 200
