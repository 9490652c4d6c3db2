"""The upstream of a gateway: the reference server with a bearer token as its only credential, at every path."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from conformance import Contract
from conformance.reference import BASE_PATH, create_app, default_credentials

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PROFILE = Path(__file__).with_name("upstream.yaml")
KEEP_ALIVE_SECONDS = 3600
"""Longer than any run. If the upstream closes an idle connection while the gateway reuses it, the gateway returns 500
("fetch failed"). With uvicorn's default of 5 s, this happened in one of three runs on a busy machine."""

START_SECONDS = 60.0
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """A running upstream: its address (``127.0.0.1:PORT``), its base URL, and the token that it accepts."""

    address: str
    base_url: str
    token: str


def mock_upstream(port: int) -> Upstream:
    """The mock upstream that the suite will run at *port* of loopback; it accepts any token."""
    address = f"127.0.0.1:{port}"
    return Upstream(address, f"http://{address}{BASE_PATH}", "not-a-real-token")


def every_provider(app: ASGIApp, path: str) -> ASGIApp:
    """Make *app* accept the contract's *path* below every base path.

    Providers have different base paths (``/inference/v1``), and gateways use them.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith(path):
            scope = {**scope, "path": BASE_PATH + path, "raw_path": (BASE_PATH + path).encode()}
        await app(scope, receive, send)

    return serve


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """Serve on a free port of loopback until the end of the block. Raises TimeoutError if the server does not start."""
    contract = Contract.load(profile=PROFILE)
    (token,) = default_credentials(contract).values()
    server = _server(contract)
    thread = threading.Thread(target=server.run, name="upstream", daemon=True)
    thread.start()
    try:
        address = f"127.0.0.1:{_port(server)}"
        yield Upstream(address, f"http://{address}{BASE_PATH}", token)
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)


def _server(contract: Contract) -> uvicorn.Server:
    config = uvicorn.Config(
        every_provider(create_app(contract), contract.path),
        port=0,
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _port(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the upstream did not start within {START_SECONDS:g} s")
        time.sleep(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])
