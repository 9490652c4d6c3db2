"""Faulty gateways, and functions that build them."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.messages import respond as json_response
from tests.forwarding.gateway import Gateway, with_properties


def changes_requests(change: Callable[[Request], Request]) -> type[Gateway]:
    """A gateway that changes its upstream requests; *change* gets the correct upstream request."""

    class Changing(Gateway):
        def upstream_request(self, request: Request) -> Request:
            return change(super().upstream_request(request))

    return Changing


def changes_payloads(change: Callable[[dict[str, Any]], dict[str, Any]]) -> type[Gateway]:
    """A gateway that changes some properties of valid requests."""

    def changed(request: Request) -> Request:
        try:
            return with_properties(request, **change(request.payload()))
        except (ValueError, TypeError, AttributeError, LookupError):
            return request

    return changes_requests(changed)


def changes_texts(change: Callable[[str], str]) -> type[Gateway]:
    """A gateway that changes each text of an input."""

    def changed(value: Any) -> Any:
        match value:
            case str():
                return change(value)
            case list():
                return [changed(item) for item in value]
        return value

    return changes_payloads(lambda payload: {"input": changed(payload["input"])})


def changes_responses(change: Callable[[dict[str, Any], Request], object]) -> type[Gateway]:
    """A gateway that changes responses with 200; *change* modifies the payload, and gets the request too."""

    class Changing(Gateway):
        def on_success(self, request: Request, response: Response) -> Response:
            correct = super().on_success(request, response)
            if correct.status != 200:
                return correct
            payload = correct.payload()
            change(payload, request)
            return correct.with_payload(payload)

    return Changing


def maps_errors(statuses: dict[int, Response]) -> type[Gateway]:
    """A gateway that maps errors of its upstream, by status, to other responses."""

    class Mapping(Gateway):
        def on_error(self, request: Request, response: Response) -> Response:
            return statuses.get(response.status) or super().on_error(request, response)

    return Mapping


def responds(where: str, respond: Callable[[Request], Response]) -> type[Gateway]:
    """A gateway whose method *where* returns the response of *respond*."""
    return type("Responding", (Gateway,), {where: lambda self, request: respond(request)})


def accepts_invalid(mark: bytes, result: Response) -> type[Gateway]:
    """A gateway that returns *result* if a 200 of the upstream has an invalid body with *mark* in it."""

    class Accepting(Gateway):
        def on_success(self, request: Request, response: Response) -> Response:
            correct = super().on_success(request, response)
            return result if correct.status != 200 and mark in response.body else correct

    return Accepting


EMPTY = json_response(
    200, {"object": "list", "data": [], "model": "m", "usage": {"prompt_tokens": 0, "total_tokens": 0}}
)


class WrongPath(Gateway):
    """A gateway that sends requests to a wrong path of its upstream."""

    def upstream_request(self, request: Request) -> Request:
        correct = super().upstream_request(request)
        return replace(correct, path="/v1/v1/v1/embed")


class SendsTwice(Gateway):
    async def send_upstream(self, request: Request) -> Response:
        await super().send_upstream(request)
        return await super().send_upstream(request)


class NoTimeout(Gateway):
    """A gateway without a timeout for its upstream."""

    async def send_upstream(self, request: Request) -> Response:
        try:
            return await super().send_upstream(request)
        except httpx.TimeoutException:
            await asyncio.sleep(3600)
            raise


class ReturnsPages(Gateway):
    """A gateway that returns the HTML page of an upstream error."""

    def on_error(self, request: Request, response: Response) -> Response:
        return response if response.status == 502 else super().on_error(request, response)


def forwards_header(header: str) -> type[Gateway]:
    class ForwardsHeader(Gateway):
        def upstream_request(self, request: Request) -> Request:
            correct = super().upstream_request(request)
            value = request.header(header)
            return correct if value is None else correct.with_header(header, value)

    return ForwardsHeader


class KeyInQuery(Gateway):
    """A gateway that puts the client's key into the query of its upstream requests."""

    def upstream_request(self, request: Request) -> Request:
        correct = super().upstream_request(request)
        key = request.header("x-portkey-api-key") or ""
        return replace(correct, query=f"key={key}".encode())


class RequestsFloats(Gateway):
    """A gateway that requests floats, and encodes them in base64 itself."""

    def upstream_request(self, request: Request) -> Request:
        correct = super().upstream_request(request)
        return with_properties(correct, encoding_format="float") if _format(request) == "base64" else correct

    def on_success(self, request: Request, response: Response) -> Response:
        correct = super().on_success(request, response)
        if correct.status != 200 or _format(request) != "base64":
            return correct
        payload = correct.payload()
        for item in payload["data"]:
            packed = struct.pack(f"<{len(item['embedding'])}f", *item["embedding"])
            item["embedding"] = base64.b64encode(packed).decode()
        return correct.with_payload(payload)


class RequestsBase64(Gateway):
    """A gateway that requests base64 if the client requests no encoding, and decodes it itself."""

    def upstream_request(self, request: Request) -> Request:
        correct = super().upstream_request(request)
        return with_properties(correct, encoding_format="base64") if _format(request) is None else correct

    def on_success(self, request: Request, response: Response) -> Response:
        correct = super().on_success(request, response)
        if correct.status != 200 or _format(request) is not None:
            return correct
        payload = correct.payload()
        for item in payload["data"]:
            raw = base64.b64decode(item["embedding"])
            item["embedding"] = list(struct.unpack(f"<{len(raw) // 4}f", raw))
        return correct.with_payload(payload)


def _format(request: Request) -> str | None:
    return request.json_object.get("encoding_format")
