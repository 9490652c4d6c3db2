"""Mutants with unusable error responses, and those that handle OPTIONS, HEAD or content codings wrongly."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.faulty_servers.faults import changes_response, compresses, crashes, responds
from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.http_requests import has_method
from tests.mutants.mutant import Mutant

PYTHON = 'Traceback (most recent call last):\n  File "/app/main.py", line 7, in embed\nValueError: no'
JAVASCRIPT = "Error: no\n    at embed (/app/index.js:7:11)\n    at async serve (/app/server.js:3:5)"
GO = "panic: no\n\ngoroutine 7 [running]:\nmain.embed(0x7)"
PAGE = "<!DOCTYPE html>\n<html><body><h1>Bad Request</h1></body></html>"


def http_error_mutants() -> Iterator[Mutant]:
    """The mutants of area http about error responses, OPTIONS, HEAD and content codings."""
    yield from _bodies()
    yield from _stack_traces()
    yield from _pages()
    yield Mutant("rejects some requests after five seconds", "http.error.delay", _rejects_late(5.0))
    for method in ("OPTIONS", "HEAD"):
        requirement = f"http.method.{method.lower()}"
        yield Mutant(f"crashes on {method}", requirement, crashes(has_method(method)))
        yield Mutant(f"returns 502 for {method}", requirement, responds(has_method(method), error(502)))
    coding = "http.content-coding"
    always = compresses(
        partial(gzip.compress, compresslevel=1), "gzip", lambda request, response: response.ok
    )
    yield Mutant("returns gzip without Accept-Encoding", coding, always)
    not_acceptable = respond(406, {"error": {"message": "no"}})
    yield Mutant("rejects Accept-Encoding: identity", coding, responds(_wants_identity, not_acceptable))


def _bodies() -> Iterator[Mutant]:
    json = "http.error.json"
    forms: Mapping[str, Callable[[Response], Response]] = {
        "an empty body": lambda r: _with_text(r, b"", "text/plain"),
        "a JSON string": lambda r: r.with_payload("no"),
        "a JSON array": lambda r: r.with_payload(["no"]),
    }
    for form, change in forms.items():
        yield Mutant(f"returns errors with {form}", json, _changes_errors(400, change))
    subjects = {400: "payloads", 401: "credentials", 404: "models", 405: "methods", 415: "media types"}
    for status, subject in subjects.items():
        plain = _changes_errors(status, lambda r: _with_text(r, b"no", "text/plain"))
        yield Mutant(f"returns errors about {subject} as plain text", json, plain)


def _stack_traces() -> Iterator[Mutant]:
    trace = "http.error.stack-trace"
    for language, shown in (("Python", PYTHON), ("JavaScript", JAVASCRIPT), ("Go", GO)):
        fault = _changes_errors(400, partial(_with_message, message=shown))
        yield Mutant(f"returns a {language} stack trace", trace, fault)
    anonymous = _changes_errors(401, lambda r: _with_message(r, PYTHON))
    yield Mutant("returns a stack trace to unauthenticated clients", trace, anonymous)
    line = _changes_errors(400, lambda r: _with_message(r, 'in File "/app/main.py", line 7'))
    yield Mutant("returns a line of its source code", trace, line)


def _pages() -> Iterator[Mutant]:
    markup = "http.error.markup"
    for status, subject in ((400, "payloads"), (405, "methods")):
        page = _changes_errors(status, lambda r: _with_text(r, PAGE.encode(), "text/html"))
        yield Mutant(f"returns errors about {subject} as HTML", markup, page)
    in_json = _changes_errors(400, lambda r: _with_message(r, PAGE))
    yield Mutant("returns errors as HTML inside JSON", markup, in_json)


def _changes_errors(status: int, change: Callable[[Response], Response]) -> Fault:
    return changes_response(lambda request, response: response.status == status, change)


def _with_text(response: Response, body: bytes, media_type: str) -> Response:
    return response.with_body(body).with_header("content-type", media_type)


def _with_message(response: Response, message: str) -> Response:
    return response.with_payload({"error": {"message": message, "type": "invalid_request_error"}})


def _rejects_late(seconds: float) -> Fault:
    """A server that rejects payloads late if they are not objects, or without a required property.

    It takes longer on a busy machine, so that it stays much slower than an accepted request.
    """
    slowest = 0.0

    async def server(request: Request, correct: Server) -> Response:
        nonlocal slowest
        began = time.monotonic()
        response = await correct(request)
        slowest = max(slowest, time.monotonic() - began)
        payload = request.payload()
        incomplete = isinstance(payload, dict) and not {"model", "input"} <= payload.keys()
        if response.status == 400 and (incomplete or isinstance(payload, str | int | float | None)):
            await asyncio.sleep(max(seconds, 20 * slowest))
        return response

    return server


def _wants_identity(request: Request) -> bool:
    return request.header("accept-encoding") == "identity"
