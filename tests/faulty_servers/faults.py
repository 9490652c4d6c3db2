"""The common kinds of faults: changed requests, rejected requests, changed responses, and crashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .messages import Payload, Request, Response, error
from .servers import Crash, Fault, Server

Condition = Callable[[Any], Any]
"""A condition on a payload, or on a part of one; a truthy result means that it is met."""

OnRequest = Callable[[Request], object]
"""A condition on a request."""


def only_for(condition: Condition, fault: Fault) -> Fault:
    """A server with *fault* only for requests whose JSON object meets *condition*."""

    async def server(request: Request, correct: Server) -> Response:
        payload = request.payload()
        if isinstance(payload, dict) and condition(payload):
            return await fault(request, correct)
        return await correct(request)

    return server


def changes_request(when: OnRequest, change: Callable[[Request], Request]) -> Fault:
    """A server that changes requests before it handles them."""

    async def server(request: Request, correct: Server) -> Response:
        return await correct(change(request) if when(request) else request)

    return server


def changes_body(when: Callable[[bytes], object], change: Callable[[bytes], bytes]) -> Fault:
    """A server that changes the bodies of requests before it handles them."""
    return changes_request(
        lambda request: when(request.body), lambda request: request.with_body(change(request.body))
    )


def changes_payload(when: Condition, change: Callable[[Payload], object]) -> Fault:
    """A server that changes the JSON objects of requests before it handles them."""
    return only_for(
        when,
        changes_request(lambda _: True, lambda request: request.with_payload(change(request.payload()))),
    )


def converts_payload(convert: Callable[[Payload], Payload]) -> Fault:
    """A server that converts the JSON objects of requests; a result that is the same object means no change."""
    return changes_payload(lambda payload: convert(payload) is not payload, convert)


def responds(when: OnRequest, response: Response) -> Fault:
    """A server with a fixed *response* to some requests."""

    async def server(request: Request, correct: Server) -> Response:
        return response if when(request) else await correct(request)

    return server


def rejects(when: Condition, status: int = 400) -> Fault:
    """A server that rejects requests whose JSON object meets a condition, whether they are valid or not."""

    async def server(request: Request, correct: Server) -> Response:
        payload = request.payload()
        if isinstance(payload, dict) and when(payload):
            return error(status)
        return await correct(request)

    return server


def rejects_valid(when: Condition, status: int = 400) -> Fault:
    """A server that rejects valid requests whose payload meets a condition."""
    return changes_response(
        lambda request, response: response.ok and when(request.payload()), lambda _: error(status)
    )


def crashes(when: OnRequest) -> Fault:
    """A server that crashes on some requests, before it handles them."""

    async def server(request: Request, correct: Server) -> Response:
        if when(request):
            raise Crash
        return await correct(request)

    return server


def crashes_on_invalid(when: OnRequest) -> Fault:
    """A server that crashes on some requests that the correct server rejects."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if 400 <= response.status < 500 and when(request):
            raise Crash
        return response

    return server


def crashes_on_invalid_payload(when: Condition) -> Fault:
    """A server that crashes on some JSON objects that the correct server rejects."""

    def meets(request: Request) -> object:
        payload = request.payload()
        return isinstance(payload, dict) and when(payload)

    return crashes_on_invalid(meets)


def changes_response(
    when: Callable[[Request, Response], object], change: Callable[[Response], Response]
) -> Fault:
    """A server that changes the correct response under a condition on request and response."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        return change(response) if when(request, response) else response

    return server


def changes_status(status: int, other: int) -> Fault:
    """A server that responds with the status *other* where *status* is correct."""
    return changes_response(
        lambda _, response: response.status == status, lambda response: replace(response, status=other)
    )


def changes_result(change: Callable[[Any, Payload], object]) -> Fault:
    """A server that changes the JSON payload of every 200 response.

    *change* gets the payloads of the response and of the request. It changes the former in place, or returns another.
    """

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not response.ok:
            return response
        payload = response.payload()
        changed = change(payload, request.payload())
        return response.with_payload(payload if changed is None else changed)

    return server


def changes_result_body(change: Callable[[bytes], bytes]) -> Fault:
    """A server that changes the bytes of the body of every 200 response."""
    return changes_response(
        lambda _, response: response.ok, lambda response: response.with_body(change(response.body))
    )


def sets_response_header(name: str, value: str | None) -> Fault:
    """A server that sets a header of every response, or removes it if *value* is None."""
    return changes_response(
        lambda request, response: True, lambda response: response.with_header(name, value)
    )


def compresses(
    compress: Callable[[bytes], bytes], coding: str, when: Callable[[Request, Response], object]
) -> Fault:
    """A server that compresses the bodies of some responses."""
    return changes_response(
        when,
        lambda response: response.with_body(compress(response.body)).with_header("content-encoding", coding),
    )
