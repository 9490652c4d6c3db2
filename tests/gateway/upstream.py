"""The provider behind the gateway: the reference server with a bearer token for its only credential."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from conformance import Contract
from conformance.reference import BASE_PATH, create_app, default_credentials

from .gateway import HERE

PROFILE = HERE / "upstream.yaml"
KEEP_ALIVE_SECONDS = 3600
"""Longer than any run. Where the upstream closes an idle connection just as the gateway takes it for its next call,
the gateway answers 500 ("fetch failed"): with uvicorn's 5 s, on a busy machine, that spoilt one run in three."""

START_SECONDS = 10.0
STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """A running upstream: where it is, as ``127.0.0.1:PORT``, its base URL, and the token that it accepts."""

    address: str
    base_url: str
    token: str


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """Serve on a free port of loopback for as long as the block lasts. Raises TimeoutError when it does not start."""
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
        create_app(contract),
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
