"""Mutants that are careless with methods, media types and framing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract import Contract
from tests.mutants.asgi import Call, Fault, Reply, Serve, error, reply
from tests.mutants.mutant import Crash, Mutant, instead


def http_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area http."""
    status, allow = "http.method.status", "http.method.allow"
    for requirement in contract.catalogue.matching("http.method.*"):
        for method in requirement.subject:
            yield Mutant(f"runs the operation on {method}", requirement.id, _as_post(method))
            yield Mutant(f"crashes on {method}", requirement.id, _crashing_on(method))
            yield Mutant(f"answers {method} with a page", status, page_on(method))
    yield Mutant("answers other methods with 404", status, instead(405, 404))
    yield Mutant("answers other methods with 400", status, instead(405, 400))
    yield Mutant("does not say which method it serves", allow, _without_allow)
    other, media_status = "http.media-type.other", "http.media-type.status"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        yield Mutant(f"reads {kind} as JSON", other, _declared(contract, kind))
        yield Mutant(f"crashes on {kind}", other, _crashing_where(_has_type(kind)))
    yield Mutant("answers 400 for a media type", media_status, instead(415, 400))
    yield Mutant(
        "reads a media type by letter", "http.media-type.parameters", _answering(_has_parameter, 415)
    )
    yield Mutant("crashes on a charset", "http.media-type.parameters", _crashing_where(_has_parameter))
    yield Mutant("takes chunks for no body", "http.chunked", _answering(_is_chunked, 400))
    yield Mutant("crashes on chunks", "http.chunked", _crashing_where(_is_chunked))
    yield Mutant("reads nothing of a chunked body", "http.chunked", _reading_nothing)


def _as_post(method: str) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return await correct(replace(call, method="POST") if call.method == method else call)

    return serve


def _crashing_on(method: str) -> Fault:
    return _crashing_where(lambda call: call.method == method)


def _crashing_where(condition: Callable[[Call], object]) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        if condition(call):
            raise Crash
        return await correct(call)

    return serve


def _answering(condition: Callable[[Call], object], status: int) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return error(status) if condition(call) else await correct(call)

    return serve


def page_on(method: str) -> Fault:
    page = reply(200, b"<p>An embeddings server", media_type="text/html")

    async def serve(call: Call, correct: Serve) -> Reply:
        return page if call.method == method else await correct(call)

    return serve


def _declared(contract: Contract, kind: str) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        return await correct(
            call.with_header("content-type", contract.media_type) if _has_type(kind)(call) else call
        )

    return serve


async def _reading_nothing(call: Call, correct: Serve) -> Reply:
    return await correct(call.with_body(b"") if _is_chunked(call) else call)


def _has_type(kind: str) -> Callable[[Call], bool]:
    return lambda call: call.header("content-type") == kind


def _has_parameter(call: Call) -> bool:
    return ";" in (call.header("content-type") or "")


def _is_chunked(call: Call) -> bool:
    return call.header("transfer-encoding") is not None


async def _without_allow(call: Call, correct: Serve) -> Reply:
    return (await correct(call)).with_header("allow", None)
