"""Requests and responses as whole, immutable values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson

from conformance.validation import MISSING

Headers = tuple[tuple[bytes, bytes], ...]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Message:
    headers: Headers
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of the first header *name*; None without such a header."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    def with_header(self, name: str, value: str | None) -> Self:
        """The same message with *value* as the only header *name*; None removes the header."""
        key = name.lower().encode()
        others = tuple(header for header in self.headers if header[0].lower() != key)
        return replace(self, headers=others if value is None else (*others, (key, value.encode("latin-1"))))

    def with_body(self, body: bytes) -> Self:
        """The same message with another body and its Content-Length."""
        framed = self.with_header("transfer-encoding", None).with_header("content-length", str(len(body)))
        return replace(framed, body=body)

    def payload(self) -> Any:
        """The body as JSON, parsed as common servers do; MISSING if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return MISSING

    def with_payload(self, payload: object) -> Self:
        """The same message with *payload* as its JSON body."""
        try:
            return self.with_body(orjson.dumps(payload))
        except orjson.JSONEncodeError:
            return self.with_body(json.dumps(payload).encode())


@dataclass(frozen=True, slots=True)
class Request(_Message):
    """A request, as a server receives it."""

    method: str = "POST"
    path: str = "/"
    query: bytes = b""
    version: str = "1.1"
    raw_path: bytes = b""

    @property
    def json_object(self) -> Payload:
        """The JSON object in the body; empty if the body is anything else."""
        payload = self.payload()
        return payload if isinstance(payload, dict) else {}

    def with_input(self, value: object) -> Request:
        """The same request with another input."""
        return self.with_payload({**self.json_object, "input": value})


@dataclass(frozen=True, slots=True)
class Response(_Message):
    """A response. If it is ``truncated``, the server closes the connection after half of the body."""

    status: int = 200
    truncated: bool = False

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def error_code(self) -> str | None:
        """The reference server's code for its error; None for a 200."""
        match self.payload():
            case {"error": {"code": str(code)}}:
                return code
        return None

    @property
    def embeddings(self) -> list[Any]:
        """The embeddings in a 200 response, as they are encoded."""
        return [item["embedding"] for item in self.payload()["data"]]

    def with_embeddings(self, embeddings: list[Any]) -> Response:
        """The same 200 response with other embeddings in its items, in their order."""
        payload = self.payload()
        for item, embedding in zip(payload["data"], embeddings, strict=True):
            item["embedding"] = embedding
        return self.with_payload(payload)


def respond(status: int, payload: object, *, media_type: str = "application/json") -> Response:
    """A response with *payload* as JSON; bytes stay as they are."""
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    headers = ((b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()))
    return Response(headers, body, status)


def error(status: int, message: str = "no", code: str | None = None) -> Response:
    """An error response in OpenAI's form."""
    fields = {"message": message, "type": "invalid_request_error"}
    return respond(status, {"error": fields if code is None else {**fields, "param": None, "code": code}})
