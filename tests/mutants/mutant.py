"""A mutant: the reference server with one planted fault; and the few shapes that faults have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract import DeclaredCapabilities
from tests.mutants.asgi import Call, Fault, Reply, Serve, error

Payload = dict[str, Any]
Test = Callable[[Any], Any]
"""A condition on a payload, or on a part of one."""


@dataclass(frozen=True)
class Mutant:
    """A server with one fault.

    ``breaks`` is the requirement that the fault violates. Those in ``also`` it violates too, by nature, although the
    catalogue does not call them related. ``claims`` are what it claims; the correct server refuses what takes more.
    """

    name: str
    breaks: str
    fault: Fault
    also: tuple[str, ...] = ()
    claims: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)


class Crash(Exception):
    """What leaves a handler that does not take care; a server makes a 500 of it."""


def accepts(wrong: Test, mend: Callable[[Payload], object]) -> Fault:
    """A server that takes payloads that are *wrong* for what *mend* makes of them."""

    async def serve(call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        if isinstance(payload, dict) and wrong(payload):
            return await correct(call.with_payload(mend(payload)))
        return await correct(call)

    return serve


def accepts_bodies(wrong: Callable[[bytes], object], mend: Callable[[bytes], bytes]) -> Fault:
    """A server that takes bodies that are *wrong* for what *mend* makes of them."""

    async def serve(call: Call, correct: Serve) -> Reply:
        return await correct(call.with_body(mend(call.body)) if wrong(call.body) else call)

    return serve


def refuses(right: Test, status: int = 400) -> Fault:
    """A server that does not want some payloads that are *right*."""

    async def serve(call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        if isinstance(payload, dict) and right(payload):
            return error(status)
        return await correct(call)

    return serve


def crashes(on: Callable[[Call], object]) -> Fault:
    """A server whose handler raises *on* some calls that the correct one refuses."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if 400 <= answer.status < 500 and on(call):
            raise Crash
        return answer

    return serve


def crashes_on_payloads(wrong: Test) -> Fault:
    """A server whose handler raises on objects that are *wrong*."""

    def on(call: Call) -> object:
        payload = call.payload()
        return isinstance(payload, dict) and wrong(payload)

    return crashes(on)


def answers(change: Callable[[Any, Payload], object]) -> Fault:
    """A server that answers wrongly.

    *change* gets the right answer to change, and the request; what it returns, unless that is None, takes its place.
    """

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if answer.status != 200:
            return answer
        payload = answer.payload()
        changed = change(payload, call.payload())
        return answer.with_payload(payload if changed is None else changed)

    return serve


def writes(change: Callable[[bytes], bytes]) -> Fault:
    """A server that writes right answers down wrongly."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        return answer.with_body(change(answer.body)) if answer.status == 200 else answer

    return serve


def replies(wrong: Callable[[Call, Reply], object], change: Callable[[Reply], Reply]) -> Fault:
    """A server that changes the right reply where that meets a condition."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        return change(answer) if wrong(call, answer) else answer

    return serve


def instead(status: int, other: int) -> Fault:
    """A server that answers *other* where *status* is right."""
    return replies(lambda call, answer: answer.status == status, lambda answer: replace(answer, status=other))


def only(where: Test, fault: Fault) -> Fault:
    """A server with *fault* for some payloads alone."""

    async def serve(call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        if isinstance(payload, dict) and where(payload):
            return await fault(call, correct)
        return await correct(call)

    return serve
