"""Reference servers with recorders on loopback, over plain HTTP, or over TLS in place of a public host."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trustme
import uvicorn

from conformance import Contract
from conformance.reference import create_app
from tests.clients.recorder import Recorder

if TYPE_CHECKING:
    from starlette.types import ASGIApp

START_SECONDS = 60.0
STOP_SECONDS = 5.0


def reference(contract: Contract, tokenizer: str, credentials: Mapping[str, str], base_path: str) -> Recorder:
    """A recorded reference server of *contract*."""
    return Recorder(create_app(contract, credentials, base_path=base_path, tokenizer=tokenizer))


@contextmanager
def serving(app: ASGIApp, **tls: str) -> Iterator[str]:
    """Serve *app* on a free port of loopback until the end of the block; yield ``127.0.0.1:PORT``.

    *tls* are the settings that `certificate` returned, or nothing for plain HTTP. Raises TimeoutError if the server
    does not start.
    """
    settings: dict[str, Any] = {"http": "h11", "ws": "none", "log_config": None, "access_log": False, **tls}
    server = uvicorn.Server(uvicorn.Config(app, port=0, timeout_graceful_shutdown=1, **settings))
    thread = threading.Thread(target=server.run, name="reference", daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{_port(server)}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)


def certificate(host: str, directory: Path) -> tuple[Path, dict[str, str]]:
    """Create a certificate for *host* with a new authority; return the authority's file, and settings for `serving`."""
    authority = trustme.CA()
    issued = authority.issue_cert(host)
    trusted, chain, key = (directory / name for name in ("authority.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(trusted)
    issued.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return trusted, {"ssl_certfile": str(chain), "ssl_keyfile": str(key)}


def _port(server: uvicorn.Server) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the reference server did not start within {START_SECONDS:g} s")
        time.sleep(0.01)
    return int(server.servers[0].sockets[0].getsockname()[1])
