"""Each server of the zoo accepts a plain request and has its fault or oddity; the reference server has none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.reference import create_app
from tests.faulty_servers.embeddings import decode
from tests.zoo.asking import BASE_URL, CONFIG, PROVIDER, VIRTUAL_KEY, Client, ask, credentials
from tests.zoo.index import FAULTY, UNUSUAL, Faulty, Unusual
from tests.zoo.payloads import CONTRACT

Server = Faulty | Unusual

ALL: tuple[Server, ...] = (*FAULTY, *UNUSUAL)
ORIGIN = re.compile(r"[\w.-]+/[\w.-]+#\d+|contract: .+|seen: .+")

each_server = pytest.mark.parametrize("server", ALL, ids=lambda server: server.name)


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as client:
        yield client


async def shows(server: Server, app: ASGIApp) -> bool:
    async with client_of(app) as client:
        return await server.shows(client)


async def plain_response(app: ASGIApp) -> httpx.Response:
    async with client_of(app) as client:
        return await ask(client)


def test_there_are_sixty_faulty_and_twelve_unusual_servers_with_different_names() -> None:
    assert (len(FAULTY), len(UNUSUAL)) == (60, 12)
    assert len({server.name for server in ALL}) == len(ALL)


def test_each_fault_has_an_origin() -> None:
    assert all(server.bugs and all(map(ORIGIN.fullmatch, server.bugs)) for server in FAULTY)


@each_server
def test_a_plain_request_is_accepted(server: Server) -> None:
    response = asyncio.run(plain_response(server.app_factory()))
    assert response.status_code == 200
    assert len(response.json()["data"]) == 1


@pytest.mark.parametrize("server", UNUSUAL, ids=lambda server: server.name)
def test_an_unusual_server_is_correct_for_each_alternative_and_encoding(server: Unusual) -> None:
    async def check() -> None:
        custom_host = {**PROVIDER, **credentials("Custom-Host")}
        async with client_of(server.app_factory()) as client:
            for headers in (VIRTUAL_KEY, PROVIDER, CONFIG, custom_host):
                for encoding in ("float", "base64"):
                    changes = {"encoding_format": encoding, "input": ["one", "two"]}
                    response = await ask(client, headers=headers, **changes)
                    assert response.status_code == 200
                    items = response.json()["data"]
                    assert {item["index"] for item in items} == {0, 1}
                    assert {len(decode(item["embedding"])) for item in items} == {1536}

    asyncio.run(check())


@each_server
def test_a_server_has_its_fault_or_oddity(server: Server) -> None:
    assert asyncio.run(shows(server, server.app_factory()))


@each_server
def test_the_reference_server_has_no_fault_or_oddity(server: Server) -> None:
    assert not asyncio.run(shows(server, create_app(CONTRACT)))
