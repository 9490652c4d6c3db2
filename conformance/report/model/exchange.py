"""An exchange in a report: redacted, bounded, and with a curl command that repeats the request."""

from __future__ import annotations

import base64
import gzip
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.engine import Evidence
from conformance.http_client import Exchange, Request
from conformance.secret import Secret

from .redaction import Redactor

MAX_BODY = 2000
"""Characters of a body that a report contains."""

TAIL = 400
"""The part of MAX_BODY that is the end of the body: ``model`` and ``usage`` follow the numbers."""


def evidence_as_dict(evidence: Evidence, base_url: str, redactor: Redactor) -> dict[str, Any]:
    """*evidence* as an entry of ``evidence`` in the JSON report."""
    return {
        "probe": redactor.text(evidence.probe),
        "expected": redactor.text(evidence.expected),
        "actual": redactor.text(evidence.actual),
        "request": _request(evidence.exchange.request, base_url, redactor),
        "response": _response(evidence.exchange, redactor),
        "curl": curl(evidence.exchange.request, base_url, redactor),
    }


def curl(request: Request, base_url: str, redactor: Redactor) -> str:
    """A command for bash that repeats *request*. Credentials in headers are shell variables.

    A credential in the URL or the body is masked; the user must insert it.
    """
    body = body_of(request)
    url = redactor.text(url_of(request, base_url))
    literal = (
        ["-g"] if set("[]{}") & set(url) else []
    )  # curl expands brackets in a URL unless it is told not to
    words = ["curl", "-sS", "-i", *literal, "-X", request.method, shlex.quote(url)]
    for name, value in request.headers:
        words += ["-H", _curl_header(name, value, redactor)]
    if isinstance(request.body, tuple):
        words += ["-H", "'Transfer-Encoding: chunked'"]
    if body is None:
        return " ".join(words)
    text = body.decode("utf-8", "replace")
    shown = redactor.text(text)
    plain = (
        len(body) <= MAX_BODY and text.encode() == body and text.isprintable() and not text.startswith("@")
    )
    if plain or shown != text:
        return " ".join([*words, "--data-binary", shlex.quote(shown)])
    packed = base64.b64encode(gzip.compress(body, mtime=0)).decode("ascii")
    return f"printf %s {packed} | base64 -d | gunzip | " + " ".join([*words, "--data-binary", "@-"])


def url_of(request: Request, base_url: str) -> str:
    """The URL of *request*: its path is appended to the base URL's path, before the query."""
    parts = urlsplit(base_url)
    query = "&".join(part for part in (parts.query, request.query) if part)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + request.path, query=query))


def body_of(request: Request) -> bytes | None:
    """The body of *request*, with its chunks joined."""
    return b"".join(request.body) if isinstance(request.body, tuple) else request.body


def _curl_header(name: str, value: str, redactor: Redactor) -> str:
    if not value:
        return shlex.quote(f"{name};")
    shown = redactor.header(name, value)
    if isinstance(value, Secret) and value.variable and shown == value.shown:
        return f'"{name}: {shown}"'
    return shlex.quote(f"{name}: {shown}")


def _request(request: Request, base_url: str, redactor: Redactor) -> dict[str, Any]:
    body = body_of(request)
    return {
        "method": request.method,
        "url": redactor.text(url_of(request, base_url)),
        "headers": [[name, redactor.header(name, value)] for name, value in request.headers],
        "body": None if body is None else _clip(body, redactor),
    }


def _response(exchange: Exchange, redactor: Redactor) -> Mapping[str, Any]:
    if exchange.response is None:
        assert exchange.failure is not None
        failure = exchange.failure
        return {
            "failure": failure.kind.value,
            "detail": redactor.text(failure.detail),
            "seconds": exchange.seconds,
        }
    response = exchange.response
    return {
        "status": response.status,
        "headers": [[name, redactor.header(name, value)] for name, value in response.headers],
        "body": _clip(response.body, redactor),
        "seconds": round(exchange.seconds, 4),
    }


def _clip(body: bytes, redactor: Redactor) -> str:
    """The beginning and the end of *body* as text, redacted before the cut, so that no part of a credential remains."""
    if len(body) <= MAX_BODY:
        return redactor.text(body.decode("utf-8", "backslashreplace"))
    head = redactor.text(body[: 2 * MAX_BODY].decode("utf-8", "backslashreplace"))[: MAX_BODY - TAIL]
    tail = redactor.text(body[-2 * MAX_BODY :].decode("utf-8", "backslashreplace"))[-TAIL:]
    return f"{head} ... ({len(body):,} bytes) ... {tail}"
