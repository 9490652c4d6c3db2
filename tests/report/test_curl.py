"""A curl command sends what the suite sent: both requests are compared at a server that records them."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from conformance.contract import Contract
from conformance.http_client import Request, Transport, open_url
from conformance.reference import background_server
from conformance.report import Redactor
from conformance.report.model.exchange import curl_command
from conformance.secret import Secret

VARIABLES = {"KEY": "Pk-3141 'quoted' \"twice\" $HOME`x` \\ é", "TOKEN": "tOkEn-31415926535"}
KEY, TOKEN = (Secret(value, name) for name, value in VARIABLES.items())
OWN = (b"host", b"user-agent", b"accept", b"accept-encoding", b"expect")
"""Headers that a client adds by itself."""

JSON = ("Content-Type", "application/json")
RIVER = b'{"input":"river"}'


class Recorder:
    def __init__(self) -> None:
        self.requests: list[tuple[Any, ...]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = sorted(pair for pair in scope["headers"] if pair[0] not in OWN)
        place = (scope["method"], scope["raw_path"], scope["query_string"])
        self.requests.append((*place, headers, bytes(body)))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def recording() -> Iterator[tuple[Recorder, str]]:
    """A server that records requests, and its URL."""
    recorder = Recorder()
    with background_server(recorder) as url:
        yield recorder, url


@pytest.fixture
def redactor(contract: Contract) -> Redactor:
    return Redactor(
        [("x-portkey-api-key", KEY), ("Authorization", TOKEN.with_prefix("Bearer "))], contract.security
    )


def send(url: str, request: Request) -> None:
    async def once() -> None:
        async with open_url(url, timeout=10) as target:
            exchange = await target.send(request)
            assert exchange.failure is None

    asyncio.run(once())


def both_ways(recorder: Recorder, url: str, request: Request, line: str) -> list[tuple[Any, ...]]:
    """The recorded requests of the suite's own client and of bash with the command *line*."""
    del recorder.requests[:]
    send(url, request)
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **VARIABLES}
    subprocess.run(["bash", "-c", line], env=environment, check=True, capture_output=True, timeout=30)
    return recorder.requests


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(
    "request_",
    [
        Request((JSON,), RIVER),
        Request((JSON,), RIVER, method="DELETE"),
        Request((JSON,), RIVER, query="a=1&b=%20"),
        Request((JSON,), '{"input":"it\'s $HOME `ls` \\\\ é 𝄞"}'.encode()),
        Request((JSON,), b"@/etc/hostname"),
        Request((JSON,), b""),
        Request((JSON,), None, method="GET"),
        Request((JSON,), b"\xef\xbb\xbf{}"),
        Request((JSON,), b"\xff\xfe\x00"),
        Request((JSON,), b"{}\n"),
        Request((JSON,), b"\x1b[2J"),
        Request((JSON,), b'"' + b"x" * 3000 + b'"'),
        Request((JSON,), bytes(range(256)) * 8000),
        Request((JSON,), (b'{"inp', b'ut":', b'"river"}')),
        Request((JSON,), (b"\xff", b"\x00" * 3000)),
        Request((JSON, ("x-portkey-api-key", KEY)), RIVER),
        Request((JSON, ("x-portkey-api-key", KEY.without_last_character())), RIVER),
        Request((JSON, ("x-portkey-api-key", KEY.with_character_appended())), RIVER),
        Request((JSON, ("x-portkey-api-key", TOKEN.with_case_changed())), RIVER),
        Request((JSON, ("x-portkey-api-key", Secret(""))), RIVER),
        Request((JSON, ("Authorization", TOKEN.with_prefix("Bearer "))), RIVER),
        Request((JSON, ("Authorization", TOKEN.without_last_character().with_prefix("Bearer "))), RIVER),
        Request((JSON, ("Authorization", Secret("").with_prefix("Bearer "))), RIVER),
        Request((JSON, ("x-portkey-provider", Secret("it's $HOME", "UNSET"))), RIVER),
        Request((JSON, ("x-portkey-config", Secret("embeddings-conformance-wrong-credential"))), RIVER),
        Request((JSON, ("x-twice", "1"), ("x-twice", "2")), RIVER),
        Request((("Content-Type", "application/json; charset=utf-8"),), RIVER),
        Request((("Content-Type", ""),), RIVER),
        Request((("Host", "h"), JSON, ("content-length", "17")), RIVER, transport=Transport(exact=True)),
        Request(
            (JSON, ("host", "h"), ("Transfer-encoding", "chunked")), (RIVER,), transport=Transport(exact=True)
        ),
    ],
    ids=lambda request: ascii(request.headers[-1:] if len(request.headers) > 1 else request.body)[:60],
)
def test_the_command_sends_the_same_request(
    request_: Request, recording: tuple[Recorder, str], redactor: Redactor
) -> None:
    recorder, url = recording
    line = curl_command(request_, url, redactor)
    sent, again = both_ways(recorder, url, request_, line)
    assert again == sent
    assert line.isprintable()
    assert not [value for value in VARIABLES.values() if value in line or value[:8] in line]


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("query", ["", "a=1&b=%20"])
def test_the_query_of_the_base_url_stays_after_the_path(
    recording: tuple[Recorder, str], redactor: Redactor, query: str
) -> None:
    recorder, url = recording
    base_url, request = f"{url}/?api-version=2024-10-21", Request((JSON,), RIVER, query=query)
    sent, again = both_ways(recorder, base_url, request, curl_command(request, base_url, redactor))
    assert again == sent
    assert again[1:3] == (b"/v1/embeddings", "&".join(["api-version=2024-10-21", query]).strip("&").encode())


def test_a_simple_command_is_readable(redactor: Redactor) -> None:
    request = Request(
        (JSON, ("x-portkey-api-key", KEY), ("Authorization", TOKEN.with_prefix("Bearer "))), RIVER
    )
    assert curl_command(request, "http://127.0.0.1:8787/v1", redactor) == (
        "curl -sS -i -X POST http://127.0.0.1:8787/v1/embeddings -H 'Content-Type: application/json'"
        ' -H "x-portkey-api-key: $KEY" -H "Authorization: Bearer $TOKEN"'
        ' --data-binary \'{"input":"river"}\''
    )


def test_a_long_body_is_compressed(redactor: Redactor) -> None:
    line = curl_command(Request((JSON,), b"x" * 100_000), "http://127.0.0.1/v1", redactor)
    assert len(line) < 500
    assert line.startswith("printf %s ")
    assert shlex.split(line)[-2:] == ["--data-binary", "@-"]


def test_brackets_in_a_url_are_not_expanded_by_curl() -> None:
    masked = Redactor([("x-portkey-api-key", KEY)], Contract.load().security)
    line = curl_command(Request((JSON,), RIVER, query=f"key={KEY}"), "http://127.0.0.1:1/v1", masked)
    assert "[credential]" in line
    assert shlex.split(line)[:4] == ["curl", "-sS", "-i", "-g"]


def test_the_transport_is_repeated_as_far_as_curl_can() -> None:
    request = Request(transport=Transport(http10=True, expect_continue=True))
    words = shlex.split(curl_command(request, "http://127.0.0.1/v1", Redactor([], Contract.load().security)))
    assert words[-3:] == ["--http1.0", "-H", "Expect: 100-continue"]
