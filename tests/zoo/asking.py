"""What lives in the zoo, as data, and how a direct probe asks it something."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from tests.zoo.payloads import CONTRACT, CREDENTIALS, Vector, read
from tests.zoo.tools import Factory

Client = httpx.AsyncClient
Shows = Callable[[Client], Awaitable[bool]]

BASE_URL = "http://zoo/v1"
PLAIN = {"model": "text-embedding-3-small", "input": "The quick brown fox jumped over the lazy dog"}
SAME = 0.999


@dataclass(frozen=True, slots=True)
class Faulty:
    """A server with one fault; ``bugs`` are threads on GitHub of real bugs like it, or the contract's passage."""

    name: str
    app_factory: Factory
    fault: str
    bugs: tuple[str, ...]
    level: Literal["must", "should"]
    shows: Shows


@dataclass(frozen=True, slots=True)
class Unusual:
    """A server that is correct, with something that a careless check takes for a fault."""

    name: str
    app_factory: Factory
    oddity: str
    shows: Shows


def credentials(*schemes: str) -> dict[str, str]:
    """The headers with the right credentials of these security schemes."""
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
    """Send *content* as JSON with the given credentials."""
    typed = {"content-type": "application/json", **headers}
    return await client.request(method, "/embeddings", content=content, headers=typed)


async def ask(client: Client, *, headers: Mapping[str, str] = PROVIDER, **changes: Any) -> httpx.Response:
    """Ask for the embedding of the plain text, with these changes to the payload."""
    return await send(client, json.dumps(PLAIN | changes).encode(), headers=headers)


async def status(client: Client, *, headers: Mapping[str, str] = PROVIDER, **changes: Any) -> int:
    """The status of the answer to what ``ask`` sends."""
    return (await ask(client, headers=headers, **changes)).status_code


async def data(client: Client, **changes: Any) -> list[dict[str, Any]]:
    """The items that ``ask`` gets."""
    items: list[dict[str, Any]] = (await ask(client, **changes)).json()["data"]
    return items


async def embeddings(client: Client, **changes: Any) -> list[Any]:
    """The embeddings that ``ask`` gets, as they were sent."""
    return [item["embedding"] for item in await data(client, **changes)]


async def vectors(client: Client, **changes: Any) -> list[Vector]:
    """The embeddings that ``ask`` gets, as numbers."""
    return [read(embedding) for embedding in await embeddings(client, **changes)]


async def hangs_up(client: Client, **changes: Any) -> bool:
    """Whether the connection ends before the answer does."""
    try:
        await ask(client, **changes)
    except (ConnectionError, httpx.TransportError):
        return True
    return False


def same(one: Vector, other: Vector) -> bool:
    """Whether two vectors point the same way."""
    return bool(one @ other > SAME * (one @ one) ** 0.5 * (other @ other) ** 0.5)
