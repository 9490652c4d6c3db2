"""Mutants whose refusals help nobody, and those that are careless with OPTIONS, HEAD and codings."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.mutants.asgi import Call, Fault, Reply, Serve, error, reply
from tests.mutants.mutant import Crash, Mutant, replies

PYTHON = 'Traceback (most recent call last):\n  File "/app/main.py", line 7, in embed\nValueError: no'
JAVASCRIPT = "Error: no\n    at embed (/app/index.js:7:11)\n    at async serve (/app/server.js:3:5)"
GO = "panic: no\n\ngoroutine 7 [running]:\nmain.embed(0x7)"
PAGE = "<!DOCTYPE html>\n<html><body><h1>Bad Request</h1></body></html>"


def error_mutants() -> Iterator[Mutant]:
    """The mutants of refusals, and of HTTP beside them."""
    yield from _bodies()
    yield from _traces()
    yield from _pages()
    yield Mutant("takes its time to refuse", "http.error.delay", _slow(2.2))
    for method in ("OPTIONS", "HEAD"):
        requirement = f"http.method.{method.lower()}"
        yield Mutant(f"crashes on {method}", requirement, _crashing_on(method))
        yield Mutant(f"answers {method} with 502", requirement, _on(method, error(502)))
    yield Mutant("answers in gzip unasked", "http.content-coding", _packed)
    yield Mutant("refuses those who ask for no coding", "http.content-coding", _refusing_identity)


def _bodies() -> Iterator[Mutant]:
    json = "http.error.json"
    shapes: Mapping[str, Callable[[Reply], Reply]] = {
        "without a word": lambda r: _body(r, b"", "text/plain"),
        "with a JSON string": lambda r: r.with_payload("no"),
        "with a JSON array": lambda r: r.with_payload(["no"]),
    }
    for shape, change in shapes.items():
        yield Mutant(f"refuses {shape}", json, _refusals(400, change))
    refused = {400: "payloads", 401: "strangers", 404: "models", 405: "methods", 415: "media types"}
    for status, what in refused.items():
        plain = _refusals(status, lambda r: _body(r, b"no", "text/plain"))
        yield Mutant(f"refuses {what} in plain text", json, plain)


def _traces() -> Iterator[Mutant]:
    trace = "http.error.stack-trace"
    for language, shown in (("Python", PYTHON), ("JavaScript", JAVASCRIPT), ("Go", GO)):
        yield Mutant(f"shows a trace of {language}", trace, _refusals(400, partial(_with, message=shown)))
    yield Mutant("shows strangers a trace", trace, _refusals(401, lambda r: _with(r, PYTHON)))
    quoted = 'in File "/app/main.py", line 7'
    yield Mutant("shows where it was in its code", trace, _refusals(400, lambda r: _with(r, quoted)))


def _pages() -> Iterator[Mutant]:
    markup = "http.error.markup"
    yield Mutant(
        "refuses with a page", markup, _refusals(400, lambda r: _body(r, PAGE.encode(), "text/html"))
    )
    yield Mutant(
        "refuses methods with a page", markup, _refusals(405, lambda r: _body(r, PAGE.encode(), "text/html"))
    )
    yield Mutant("refuses with a page inside JSON", markup, _refusals(400, lambda r: _with(r, PAGE)))


def _refusals(status: int, change: Callable[[Reply], Reply]) -> Fault:
    return replies(lambda call, answer: answer.status == status, change)


def _body(answer: Reply, body: bytes, kind: str) -> Reply:
    return answer.with_body(body).with_header("content-type", kind)


def _with(answer: Reply, message: str) -> Reply:
    return answer.with_payload({"error": {"message": message, "type": "invalid_request_error"}})


def _slow(seconds: float) -> Fault:
    """Late with refusals of payloads that are no object, or lack something."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        payload = call.payload()
        lacks = isinstance(payload, dict) and not {"model", "input"} <= payload.keys()
        if answer.status == 400 and (lacks or isinstance(payload, str | int | float | None)):
            await asyncio.sleep(seconds)
        return answer

    return serve


def _crashing_on(method: str) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        if call.method == method:
            raise Crash
        return await correct(call)

    return serve


def _on(method: str, answer: Reply) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return answer if call.method == method else await correct(call)

    return serve


async def _packed(call: Call, correct: Serve) -> Reply:
    answer = await correct(call)
    if answer.status != 200:
        return answer
    return answer.with_body(gzip.compress(answer.body, 1)).with_header("content-encoding", "gzip")


async def _refusing_identity(call: Call, correct: Serve) -> Reply:
    if call.header("accept-encoding") == "identity":
        return reply(406, {"error": {"message": "no"}})
    return await correct(call)
