"""An exchange in a report: redacted, bounded, and with a curl command that repeats the request."""

from __future__ import annotations

import base64
import gzip
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.engine import Evidence, actual_as_sentence
from conformance.http_client import PLAIN, Exchange, Request, Transport
from conformance.secret import Secret

from .bounds import MAX_BODY, bounded_body, bounded_headers, bounded_text
from .redaction import MASK, Redactor

ADDED_BY_CURL = frozenset({"host", "content-length", "transfer-encoding"})
"""Headers that curl adds, with the values for its own request."""

MAX_COMMAND = 100_000
"""Characters of a command. A part of a longer one would be useless."""


def evidence_as_dict(evidence: Evidence, base_url: str, redactor: Redactor) -> dict[str, Any]:
    """*evidence* as an entry of ``evidence`` in the JSON report."""
    return {
        "probe": bounded_text(evidence.probe, redactor),
        "expected": bounded_text(evidence.expected, redactor),
        "actual": bounded_text(evidence.actual, redactor),
        "pattern": bounded_text(evidence.pattern, redactor) or None,
        "condition": bounded_text(evidence.reproduction, redactor) or None,
        "request": _request(evidence.exchange.request, base_url, redactor),
        "response": _response(evidence.exchange, redactor),
        "curl": _bounded_curl(evidence.exchange.request, base_url, redactor),
        **({} if evidence.earlier is None else {"earlier": _earlier(evidence.earlier, base_url, redactor)}),
    }


def shown_result(item: Mapping[str, Any]) -> str:
    """What the target did in an exchange, after what the failed requests have in common."""
    return "; ".join(filter(None, (item.get("pattern"), item["actual"])))


def result_as_sentence(item: Mapping[str, Any]) -> str:
    """As ``shown_result``, as a part of a sentence."""
    return shown_result({**item, "actual": actual_as_sentence(item["actual"])})


def is_of_request(item: Mapping[str, Any], description: str, request: Request, redactor: Redactor) -> bool:
    """Whether *item*, an entry of ``evidence`` in a JSON report, shows *request* with this *description*.

    Headers and URL are not compared: credentials, and the target, may be others now.
    """
    if item["probe"] != bounded_text(description, redactor) or item["request"]["method"] != request.method:
        return False
    shown = _request(replace(request, headers=()), "", redactor)
    return all(item["request"].get(name) == shown.get(name) for name in ("body", "transport"))


def curl_command(request: Request, base_url: str, redactor: Redactor) -> str:
    """A command for bash that repeats *request*. Credentials in headers are shell variables.

    A credential in the URL or the body is masked; a comment after the command tells the user to insert it.
    """
    line = _command(request, base_url, redactor)
    return f"{line}  # Replace {MASK} with the credential." if MASK in line else line


def _command(request: Request, base_url: str, redactor: Redactor) -> str:
    body = body_of(request)
    url = redactor.text(url_of(request, base_url))
    literal = (
        ["-g"] if set("[]{}") & set(url) else []
    )  # curl expands brackets in a URL unless it is told not to
    words = ["curl", "-sS", "-i", *literal, "-X", request.method, shlex.quote(url)]
    for name, value in request.headers:
        if not (request.transport.exact and name.lower() in ADDED_BY_CURL):
            words += ["-H", _curl_header(name, value, redactor)]
    if isinstance(request.body, tuple):
        words += ["-H", "'Transfer-Encoding: chunked'"]
    words += _transport_options(request.transport)
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


def _transport_options(transport: Transport) -> list[str]:
    """The options of curl for *transport*, as far as it has them."""
    version = ["--http1.0"] if transport.http10 else []
    for length in transport.lengths:
        version += ["-H", f"'Content-Length: {length}'"]
    expects = transport.expect_continue and not transport.exact
    return [*version, "-H", "'Expect: 100-continue'"] if expects else version


def url_of(request: Request, base_url: str) -> str:
    """The URL of *request*: its path is appended to the base URL's path, before the query."""
    parts = urlsplit(base_url)
    query = "&".join(part for part in (parts.query, request.query) if part)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + request.path, query=query))


def body_of(request: Request) -> bytes | None:
    """The body of *request*, with its chunks joined."""
    return b"".join(request.body) if isinstance(request.body, tuple) else request.body


def _bounded_curl(request: Request, base_url: str, redactor: Redactor) -> str:
    """The command; a comment if it is too long."""
    line = curl_command(request, base_url, redactor)
    too_long = f"# a command of {len(line):,} characters is too long for a report"
    return line if len(line) <= MAX_COMMAND else too_long


def _curl_header(name: str, value: str, redactor: Redactor) -> str:
    if not value:
        return shlex.quote(f"{name};")
    shown = redactor.header(name, value)
    if isinstance(value, Secret) and value.variable and shown == value.shown:
        return f'"{name}: {shown}"'
    return shlex.quote(f"{name}: {shown}")


def _earlier(request: Request, base_url: str, redactor: Redactor) -> dict[str, Any]:
    curl = _bounded_curl(request, base_url, redactor)
    return {"curl": curl, "headers": bounded_headers(request.headers, redactor)["headers"]}


def _request(request: Request, base_url: str, redactor: Redactor) -> dict[str, Any]:
    body = body_of(request)
    return {
        "method": request.method,
        "url": bounded_text(url_of(request, base_url), redactor),
        **bounded_headers(request.headers, redactor),
        "body": None if body is None else bounded_body(body, redactor),
        **({"transport": str(request.transport)} if request.transport != PLAIN else {}),
    }


def _response(exchange: Exchange, redactor: Redactor) -> Mapping[str, Any]:
    if exchange.response is None:
        assert exchange.failure is not None
        failure = exchange.failure
        return {
            "failure": failure.kind.value,
            "detail": bounded_text(failure.detail, redactor),
            "seconds": exchange.seconds,
        }
    response = exchange.response
    return {
        "status": response.status,
        **bounded_headers(response.headers, redactor),
        "body": bounded_body(response.body, redactor, response.omitted),
        "seconds": round(exchange.seconds, 4),
    }
