"""The servers of the pages, by their names in directives."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from conformance import Contract
from conformance.reference import background_server, create_app, default_credentials
from tests.docs.pages import ROOT
from tests.docs.tunnel import proxy, tls
from tests.faulty_servers.capabilities import without_property
from tests.faulty_servers.embeddings import with_input
from tests.faulty_servers.faults import changes_payload
from tests.faulty_servers.servers import Fault, application, server_of, with_faults
from tests.faulty_servers.tenants import accepts_second_tenant

BEARER = ROOT / "examples" / "fastapi-server" / "bearer.yaml"
"""The profile of a server that accepts a bearer token."""

KEYS = {"Token": "not-a-real-token", "Provider-Auth": "not-a-real-key"}
"""The credentials in the pages, by the name of the scheme."""

Server = Callable[[Path], AbstractContextManager[int]]
"""A context manager that runs a server and yields its port. It may write files to the folder."""


IGNORES_DIMENSIONS = changes_payload(
    lambda payload: isinstance(payload.get("dimensions"), int), without_property("dimensions")
)
FILLS_EMPTY_INPUT = changes_payload(
    lambda payload: payload.get("input") == "", lambda payload: with_input(payload, " ")
)
IGNORES_OTHER_ENCODINGS = changes_payload(
    lambda payload: payload.get("encoding_format", "base64") != "base64", without_property("encoding_format")
)


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


def _with_profile(profile: str | Path, *faults: Fault) -> ASGIApp:
    contract = Contract.load(profile=profile)
    known = default_credentials(contract)
    app = create_app(contract, {name: key for name, key in KEYS.items() if name in known})
    return application(with_faults(server_of(app), *faults)) if faults else app


SERVERS: Mapping[str, Server] = {
    "reference": partial(_served, create_app),
    "careless": partial(_served, lambda: _with_profile(BEARER, IGNORES_DIMENSIONS)),
    "fixed": partial(_served, lambda: _with_profile(BEARER)),
    "gateway-1": partial(_served, lambda: _with_profile("portkey-oss", FILLS_EMPTY_INPUT)),
    "gateway-2": partial(
        _served, lambda: _with_profile("portkey-oss", FILLS_EMPTY_INPUT, IGNORES_OTHER_ENCODINGS)
    ),
    "tenants": partial(
        _served, lambda: application(with_faults(server_of(create_app()), accepts_second_tenant))
    ),
    "tls": _behind_tls,
    "proxy": _proxy,
}


def free_port() -> int:
    """A free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether a server listens at *port*."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
