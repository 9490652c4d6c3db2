"""The reference server in a process of its own, with a fault or a delay, or recording its requests.

    python -m benchmarks.servers KIND FILE

The process prints its port, and serves until its standard input ends. Then it writes the number of requests to FILE, or
the requests themselves as JSON lines.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance import Contract
from conformance.reference import background_server, create_app, default_credentials, inject

LATENCY = 0.2


class Recorded:
    """*app*, which keeps its requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the request, and pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = bytearray()
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
        query = scope["query_string"].decode("latin-1")
        found = {"method": scope["method"], "path": scope["raw_path"].decode("latin-1"), "query": query}
        self.requests.append({**found, "headers": headers, "body": body})

        async def reading() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        await self.app(scope, reading, send)


class Counted:
    """*app*, which counts its requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and pass it on."""
        self.requests += scope["type"] == "http"
        await self.app(scope, receive, send)


class WithoutAuthentication:
    """*app*, which gets the right credentials with every request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        contract = Contract.load()
        credentials = default_credentials(contract).items()
        rendered = [contract.security[name].render(value) for name, value in credentials]
        self.headers = [(name.encode(), value.encode()) for name, value in rendered]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the credentials, and pass the request on."""
        if scope["type"] == "http":
            own = {name for name, _ in self.headers}
            others = [(name, value) for name, value in scope["headers"] if name not in own]
            scope = {**scope, "headers": [*others, *self.headers]}
        await self.app(scope, receive, send)


KINDS: Mapping[str, Callable[[], Recorded | Counted]] = {
    "recorded": lambda: Recorded(create_app()),
    "plain": lambda: Counted(create_app()),
    "slow": lambda: Counted(inject(create_app(), latency=str(LATENCY))),
    "broken": lambda: Counted(WithoutAuthentication(create_app())),
}


@dataclass(frozen=True)
class Served:
    """A server: its base URL, and the file that has its requests after its end."""

    url: str
    file: Path


@contextmanager
def served(kind: str, folder: Path) -> Iterator[Served]:
    """Serve until the context ends."""
    file = folder / f"{kind}.requests"
    command = [sys.executable, "-m", "benchmarks.servers", kind, str(file)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield Served(process.stdout.readline().strip(), file)
    finally:
        process.communicate()


def main() -> None:
    """Serve until the standard input ends."""
    kind, file = sys.argv[1:]
    app = KINDS[kind]()
    with background_server(app) as url:
        print(url, flush=True)
        sys.stdin.read()
    if isinstance(app, Recorded):
        lines = [json.dumps({**one, "body": b64encode(one["body"]).decode()}) for one in app.requests]
        Path(file).write_text("\n".join(lines), "utf-8")
    else:
        Path(file).write_text(str(app.requests), "utf-8")


if __name__ == "__main__":
    main()
