"""The servers that pages run against, by the names that their directives give them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance import Contract
from conformance.reference import background_server, create_app, default_credentials
from tests.docs.pages import ROOT
from tests.docs.tunnel import proxy, tls

BEARER = ROOT / "examples" / "fastapi-server" / "bearer.yaml"
"""The profile of a server that takes a bearer token."""

KEYS = {"Token": "not-a-real-token", "Provider-Auth": "not-a-real-key"}
"""What readers of the pages export, by the name of the scheme."""

FRAMING = {b"content-length", b"transfer-encoding"}

Json = dict[str, Any]
Change = Callable[[Json], None]
"""Edits the JSON of a request in place."""

Server = Callable[[Path], AbstractContextManager[int]]
"""Serves for as long as its context lasts, at the port that it gives; may leave files in the folder for the reader."""


def altered(inner: ASGIApp, change: Change) -> ASGIApp:
    """*inner*, with its requests edited by *change*."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        request = Request(scope, receive)
        body = _edited(await request.body(), change)
        kept = [pair for pair in scope["headers"] if pair[0] not in FRAMING]
        headers = [*kept, (b"content-length", b"%d" % len(body))]
        unread = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return unread.pop() if unread else await receive()

        await inner({**scope, "headers": headers}, read, send)

    return app


def _edited(body: bytes, change: Change) -> bytes:
    try:
        content = orjson.loads(body)
    except ValueError:
        return body
    if not isinstance(content, dict):
        return body
    change(content)
    return body if content == orjson.loads(body) else orjson.dumps(content)


def _ignore_dimensions(request: Json) -> None:
    if isinstance(request.get("dimensions"), int):
        request.pop("dimensions")


def _fill_empty_input(request: Json) -> None:
    if request.get("input") == "":
        request["input"] = " "


def _mend_formats(request: Json) -> None:
    """Take any encoding for the default one; and what the gateway did before."""
    _fill_empty_input(request)
    if request.get("encoding_format") != "base64":
        request.pop("encoding_format", None)


@contextmanager
def _served(make: Callable[[], ASGIApp], _folder: Path) -> Iterator[int]:
    with background_server(make()) as url:
        yield urlsplit(url).port or 0


@contextmanager
def _behind_tls(folder: Path) -> Iterator[int]:
    with _served(create_app, folder) as port, tls(port, folder) as secure:
        yield secure


@contextmanager
def _proxy(_folder: Path) -> Iterator[int]:
    with proxy() as port:
        yield port


def _with_profile(profile: str | Path, change: Change | None = None) -> ASGIApp:
    contract = Contract.load(profile=profile)
    known = default_credentials(contract)
    app = create_app(contract, {name: key for name, key in KEYS.items() if name in known})
    return app if change is None else altered(app, change)


SERVERS: Mapping[str, Server] = {
    "reference": partial(_served, create_app),
    "careless": partial(_served, lambda: _with_profile(BEARER, _ignore_dimensions)),
    "mended": partial(_served, lambda: _with_profile(BEARER)),
    "gateway-1": partial(_served, lambda: _with_profile("portkey-oss", _fill_empty_input)),
    "gateway-2": partial(_served, lambda: _with_profile("portkey-oss", _mend_formats)),
    "tls": _behind_tls,
    "proxy": _proxy,
}


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody listens at *port*."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
