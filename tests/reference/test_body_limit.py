from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

import pytest
from starlette.types import Message

from conformance.contract import Contract
from conformance.reference import create_app

LIMIT = 1000


class Caller:
    """Sends a body in *chunks*, and counts the chunks that the server reads."""

    def __init__(self, contract: Contract, headers: dict[str, str], chunks: Iterable[bytes]) -> None:
        self.app, self.chunks, self.read_chunks = create_app(contract, max_body=LIMIT), iter(chunks), 0
        self.sent: list[Message] = []
        self.scope: dict[str, object] = {
            "type": "http",
            "method": contract.method.upper(),
            "path": f"/v1{contract.path}",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }

    async def receive(self) -> Message:
        chunk = next(self.chunks, None)
        if chunk is None:
            return {"type": "http.disconnect"}
        self.read_chunks += 1
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def call(self) -> int:
        """The status of the response."""
        asyncio.run(self.app(self.scope, self.receive, self.send))
        status: int = self.sent[0]["status"]
        return status


@pytest.mark.parametrize("length", [str(LIMIT + 1), "9" * 19, "9" * 5000])
def test_a_content_length_over_the_limit_is_rejected_before_anything_is_read(
    contract: Contract, headers: dict[str, str], length: str
) -> None:
    caller = Caller(contract, headers | {"Content-Length": length}, [b"x"])
    assert caller.call() == 413
    assert caller.read_chunks == 0
    assert json.loads(caller.sent[1]["body"])["error"]["code"] == "payload_too_large"


@pytest.mark.parametrize(
    "wrong", [{}, {"Content-Length": "10"}, {"Content-Length": "-1"}, {"Content-Length": "many"}]
)
def test_a_body_is_rejected_as_soon_as_it_exceeds_the_limit(
    contract: Contract, headers: dict[str, str], wrong: dict[str, str]
) -> None:
    caller = Caller(contract, headers | wrong, (b"x" * 400 for _ in range(1000)))
    assert caller.call() == 413
    assert caller.read_chunks == 3


def test_a_body_of_exactly_the_limit_is_accepted(contract: Contract, headers: dict[str, str]) -> None:
    body = json.dumps({"model": contract.example_model, "input": "hello"}).encode().ljust(LIMIT)

    class Complete(Caller):
        async def receive(self) -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

    assert Complete(contract, headers | {"Content-Length": str(LIMIT)}, []).call() == 200


def test_a_client_that_disconnects_within_its_body_is_handled(
    contract: Contract, headers: dict[str, str]
) -> None:
    assert Caller(contract, headers, [b'{"inp']).call() == 400


def test_a_method_in_lowercase_is_another_method(contract: Contract, headers: dict[str, str]) -> None:
    caller = Caller(contract, headers, [])
    caller.scope["method"] = "post"
    assert caller.call() == 405


def test_without_credentials_the_body_is_not_read(contract: Contract, headers: dict[str, str]) -> None:
    caller = Caller(contract, {"Content-Type": headers["Content-Type"]}, [b"x"])
    assert caller.call() == 401
    assert caller.read_chunks == 0
