"""The servers of the zoo as data, and functions that send requests to them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from tests.faulty_servers.embeddings import Vector, decode
from tests.zoo.applications import Factory
from tests.zoo.payloads import CONTRACT, CREDENTIALS

Client = httpx.AsyncClient
Shows = Callable[[Client], Awaitable[bool]]

BASE_URL = "http://zoo/v1"
PLAIN = {"model": "text-embedding-3-small", "input": "The quick brown fox jumped over the lazy dog"}
SAME = 0.999


@dataclass(frozen=True, slots=True)
class Faulty:
    """A server with one fault.

    ``fault`` describes it. ``bugs`` are similar real bugs on GitHub, or the part of the contract that it violates.
    ``shows`` sends requests and returns whether the fault was observed.
    """

    name: str
    app_factory: Factory
    fault: str
    bugs: tuple[str, ...]
    level: Literal["must", "should"]
    shows: Shows


@dataclass(frozen=True, slots=True)
class Unusual:
    """A correct server with an oddity that a careless check reports as a fault.

    ``shows`` sends requests and returns whether the oddity was observed.
    """

    name: str
    app_factory: Factory
    oddity: str
    shows: Shows


def credentials(*schemes: str) -> dict[str, str]:
    """The headers with the valid credentials of these security schemes."""
    return {
        scheme.header.lower(): scheme.prefix + CREDENTIALS[scheme.name]
        for scheme in CONTRACT.security.schemes
        if scheme.name in schemes
    }


VIRTUAL_KEY = credentials("Portkey-Key", "Virtual-Key")
PROVIDER = credentials("Portkey-Key", "Provider-Auth", "Provider-Name")
CONFIG = credentials("Portkey-Key", "Config")


async def send(
    client: Client,
    content: Any,
    *,
    headers: Mapping[str, str] = PROVIDER,
    method: str = "POST",
) -> httpx.Response:
    """Send *content* as JSON with some credentials."""
    typed = {"content-type": "application/json", **headers}
    return await client.request(method, "/embeddings", content=content, headers=typed)


async def ask(client: Client, *, headers: Mapping[str, str] = PROVIDER, **changes: Any) -> httpx.Response:
    """Request the embedding of the plain text, with some changes to the payload."""
    return await send(client, json.dumps(PLAIN | changes).encode(), headers=headers)


async def status(client: Client, *, headers: Mapping[str, str] = PROVIDER, **changes: Any) -> int:
    """The status of the response to ``ask``."""
    return (await ask(client, headers=headers, **changes)).status_code


async def data(client: Client, **changes: Any) -> list[dict[str, Any]]:
    """The items of the response to ``ask``."""
    items: list[dict[str, Any]] = (await ask(client, **changes)).json()["data"]
    return items


async def embeddings(client: Client, **changes: Any) -> list[Any]:
    """The embeddings of the response to ``ask``, as they are encoded."""
    return [item["embedding"] for item in await data(client, **changes)]


async def vectors(client: Client, **changes: Any) -> list[Vector]:
    """The vectors of the response to ``ask``."""
    return [decode(embedding) for embedding in await embeddings(client, **changes)]


async def hangs_up(client: Client, **changes: Any) -> bool:
    """Whether the connection is closed before the response is complete."""
    try:
        await ask(client, **changes)
    except (ConnectionError, httpx.TransportError):
        return True
    return False


def same(one: Vector, other: Vector) -> bool:
    """Whether two vectors have the same direction."""
    return bool(one @ other > SAME * (one @ one) ** 0.5 * (other @ other) ** 0.5)
