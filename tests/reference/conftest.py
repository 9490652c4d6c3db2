"""Fixtures: the reference server in-process, and requests to it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from typing import Any

import httpx
import pytest
import tiktoken
from starlette.types import ASGIApp
from tiktoken import registry

from conformance.contract import Contract
from conformance.reference import create_app, default_credentials

HeadersOf = Callable[[Collection[str]], dict[str, str]]
Send = Callable[..., httpx.Response]

#: Records without meaning for a test: a busy machine, and what is collected of an earlier test.
UNRELATED = ("Cancel ", "Task was destroyed", "Executing ")


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="session")
def app(contract: Contract) -> ASGIApp:
    return create_app(contract)


@pytest.fixture(scope="session")
def headers_of(contract: Contract) -> HeadersOf:
    """A function that gives valid headers for exactly the named schemes, and the media type."""
    valid = default_credentials(contract)

    def headers(names: Collection[str]) -> dict[str, str]:
        given = dict(scheme.render(valid[scheme.name]) for scheme in contract.security.ordered(names))
        return {"Content-Type": contract.media_type} | given

    return headers


@pytest.fixture(scope="session")
def headers(contract: Contract, headers_of: HeadersOf) -> dict[str, str]:
    """Headers of a valid request."""
    return headers_of(contract.security.alternatives[0])


@pytest.fixture(scope="session")
def send(app: ASGIApp, headers: dict[str, str]) -> Send:
    """A function that sends one request with valid headers. A body that is not bytes is sent as JSON."""

    def send_one(
        body: Any = b"",
        *,
        method: str = "POST",
        path: str = "/v1/embeddings",
        headers: Any = headers,
        to: ASGIApp = app,
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body)

        async def exchange() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(to), base_url="http://test") as client:
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(exchange())

    return send_one


@pytest.fixture(scope="session")
def embedded(send: Send, contract: Contract) -> Callable[..., Any]:
    """A function that sends a valid input and returns the decoded response."""

    def embed(value: object, **options: object) -> Any:
        response = send({"model": contract.example_model, "input": value} | options)
        assert response.status_code == 200, response.text
        return response.json()

    return embed


@pytest.fixture
def small_encoding(monkeypatch: pytest.MonkeyPatch) -> tiktoken.Encoding:
    """An encoding of tiktoken with a small vocabulary. Its ids are not bytes, and ids from 261 to 299 are unused."""
    ranks = {bytes([byte]): (byte + 1) % 256 for byte in range(256)}
    ranks |= {b"th": 256, b" th": 257, b" the": 258, b"the": 259, b"er": 260}
    encoding = tiktoken.Encoding(
        name="small", pat_str=r" ?\w+|\W", mergeable_ranks=ranks, special_tokens={"<|end|>": 300}
    )
    names = tiktoken.list_encoding_names()
    monkeypatch.setattr(tiktoken, "list_encoding_names", lambda: [*names, encoding.name])
    monkeypatch.setitem(registry.ENCODINGS, encoding.name, encoding)
    return encoding


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """A function that gives what servers have logged in this test, from warnings on."""

    def messages() -> list[str]:
        of_servers = [
            record
            for record in caplog.records
            if record.name.split(".")[0] in {"uvicorn", "asyncio"} and record.levelno >= logging.WARNING
        ]
        return [text for record in of_servers if not (text := record.getMessage()).startswith(UNRELATED)]

    return messages
