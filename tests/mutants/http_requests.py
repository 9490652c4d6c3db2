"""Mutants that handle methods, media types or chunked bodies wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract import Contract
from tests.faulty_servers.faults import (
    changes_request,
    changes_status,
    crashes,
    responds,
    sets_response_header,
)
from tests.faulty_servers.messages import Request, error, respond
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant


def http_request_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area http about requests."""
    yield from _methods(contract)
    yield from _media_types(contract)
    chunked = "http.chunked"
    yield Mutant("rejects chunked bodies", chunked, responds(_is_chunked, error(400)))
    yield Mutant("crashes on chunked bodies", chunked, crashes(_is_chunked))
    ignores = changes_request(_is_chunked, lambda request: request.with_body(b""))
    yield Mutant("ignores chunked bodies", chunked, ignores)


def html_for(method: str) -> Fault:
    """A server that returns an HTML page for requests with *method*."""
    page = respond(200, b"<p>An embeddings server", media_type="text/html")
    return responds(has_method(method), page)


def has_method(method: str) -> Callable[[Request], bool]:
    """Whether a request has *method*."""
    return lambda request: request.method == method


def _methods(contract: Contract) -> Iterator[Mutant]:
    status = "http.method.status"
    for requirement in contract.catalogue.matching("http.method.*"):
        for method in requirement.subject:
            as_post = changes_request(has_method(method), lambda request: replace(request, method="POST"))
            yield Mutant(f"returns embeddings for {method}", requirement.id, as_post)
            yield Mutant(f"crashes on {method}", requirement.id, crashes(has_method(method)))
            yield Mutant(f"returns an HTML page for {method}", status, html_for(method))
    yield Mutant("returns 404 for other methods", status, changes_status(405, 404))
    yield Mutant("returns 400 for other methods", status, changes_status(405, 400))
    yield Mutant("returns 405 without Allow", "http.method.allow", sets_response_header("allow", None))


def _media_types(contract: Contract) -> Iterator[Mutant]:
    other, parameters = "http.media-type.other", "http.media-type.parameters"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        as_json = changes_request(
            _has_type(kind), lambda request: request.with_header("content-type", contract.media_type)
        )
        yield Mutant(f"accepts {kind}", other, as_json)
        yield Mutant(f"crashes on {kind}", other, crashes(_has_type(kind)))
    yield Mutant("returns 400 for other media types", "http.media-type.status", changes_status(415, 400))
    yield Mutant("rejects a media type with a charset", parameters, responds(_has_parameter, error(415)))
    yield Mutant("crashes on a media type with a charset", parameters, crashes(_has_parameter))


def _has_type(kind: str) -> Callable[[Request], bool]:
    return lambda request: request.header("content-type") == kind


def _has_parameter(request: Request) -> bool:
    return ";" in (request.header("content-type") or "")


def _is_chunked(request: Request) -> bool:
    return request.header("transfer-encoding") is not None
