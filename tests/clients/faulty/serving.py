"""All faulty servers on one port of loopback, each below a path of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from conformance import Contract
from conformance.reference import BASE_PATH, create_app, default_credentials
from tests.clients.servers import serving
from tests.clients.vocabulary import NAME as TOKENIZER
from tests.faulty_servers.faults import changes_payload
from tests.faulty_servers.servers import application, cached, server_of, with_faults

from .faults import FaultyServer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

NUMBERS = 32
"""The length of a vector if the request has no dimensions. Its base64 is padded."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A faulty server with its contract, its credentials by scheme, and its base URL."""

    server: FaultyServer
    contract: Contract
    credentials: Mapping[str, str]
    base_url: str

    @property
    def model(self) -> str:
        """The model of all requests."""
        return self.contract.example_model or ""


class ByFirstSegment:
    """An ASGI application that forwards ``/NAME/path`` as ``/path`` to the application NAME."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"only http, not {scope['type']}")
        _, name, rest = scope["path"].split("/", 2)
        path = f"/{rest}"
        await self._apps[name]({**scope, "path": path, "raw_path": path.encode()}, receive, send)


@cache
def contract_of(profile: str) -> Contract:
    """The included contract under *profile*."""
    return Contract.load(profile=profile)


@cache
def correct_app(profile: str) -> ASGIApp:
    """The reference server, with short vectors: clients and the suite read them quickly."""
    contract = contract_of(profile)
    app = create_app(contract, default_credentials(contract), base_path=BASE_PATH, tokenizer=TOKENIZER)
    with_length = changes_payload(
        lambda payload: payload.get("model") == contract.example_model and "dimensions" not in payload,
        lambda payload: {**payload, "dimensions": NUMBERS},
    )
    return application(with_faults(cached(server_of(app)), with_length))


@contextmanager
def running_servers(servers: Iterable[FaultyServer]) -> Iterator[list[RunningServer]]:
    """Serve all *servers* until the end of the block. Raises TimeoutError if they do not start."""
    chosen = list(servers)
    apps = {
        server.name: server.of(correct_app(server.profile), contract_of(server.profile)) for server in chosen
    }
    with serving(ByFirstSegment(apps)) as address:
        yield [
            RunningServer(
                server,
                contract_of(server.profile),
                default_credentials(contract_of(server.profile)),
                f"http://{address}/{server.name}{BASE_PATH}",
            )
            for server in chosen
        ]
