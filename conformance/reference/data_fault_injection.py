"""Send one request to an application, and give its response a kind of wrong data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from conformance.contract.roles import Roles

from .data_faults import DataFault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_REQUEST = 20 * 2**20
"""Bytes of a request body that are changed. A larger body stays as it is."""

LENGTH = b"content-length"

SUCCESS = range(200, 300)


async def call_with_wrong_data(
    app: ASGIApp,
    fault: DataFault,
    roles: Roles,
    headers: Mapping[str, str],
    exchange: tuple[Scope, Receive, Send],
) -> None:
    """Let *app* respond to the request of *exchange*, with *fault*.

    A response that cannot have the fault, such as an error, is sent as it is; all others get *headers*.
    """
    scope, receive, send = exchange
    is_changed = False
    if fault.request is not None:
        scope, receive, is_changed = await _with_changed_request(scope, receive, roles, fault.request)
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    head = messages[0] if messages else {}
    is_success = head.get("status", 0) in SUCCESS
    if is_success and fault.response is not None:
        body = b"".join(message.get("body", b"") for message in messages[1:])
        changed = await run_in_threadpool(_changed, body, roles, fault.response)
        if changed is not None:
            messages, is_changed = [head, {"type": "http.response.body", "body": changed}], True
    if is_success and is_changed:
        size = sum(len(message.get("body", b"")) for message in messages[1:])
        messages[0] = {**head, "headers": _marked(head["headers"], headers, size)}
    for message in messages:
        await send(message)


async def _with_changed_request(
    scope: Scope, receive: Receive, roles: Roles, change: Callable[[Any, Roles], bool]
) -> tuple[Scope, Receive, bool]:
    """The request, and whether it has another body now."""
    read: list[Message] = []
    size, more = 0, True
    while more and size <= MAX_REQUEST:
        read.append(message := await receive())
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    changed = None
    if not more:
        body = b"".join(message.get("body", b"") for message in read)
        changed = await run_in_threadpool(_changed, body, roles, change)
    if changed is not None:
        read = [{"type": "http.request", "body": changed, "more_body": False}]
        kept = [(name, value) for name, value in scope["headers"] if name.lower() != LENGTH]
        scope = {**scope, "headers": [*kept, (LENGTH, str(len(changed)).encode())]}
    unread = iter(read)

    async def receive_again() -> Message:
        for message in unread:
            return message
        return await receive()

    return scope, receive_again, changed is not None


def _changed(body: bytes, roles: Roles, change: Callable[[Any, Roles], bool]) -> bytes | None:
    """The JSON of *body* with a *change*; None if it is not JSON, or if nothing is different."""
    try:
        value = json.loads(body)
        is_changed = change(value, roles)
        return json.dumps(value, separators=(",", ":")).encode() if is_changed else None
    except (ValueError, RecursionError):
        return None


def _marked(
    sent: list[tuple[bytes, bytes]], added: Mapping[str, str], size: int
) -> list[tuple[bytes, bytes]]:
    """The headers that were *sent*, and those *added*, for a body of *size* bytes."""
    kept = [(name, value) for name, value in sent if name.lower() != LENGTH]
    new = {**{name.lower(): value for name, value in added.items()}, LENGTH.decode(): str(size)}
    return [*kept, *((name.encode(), value.encode()) for name, value in new.items())]
