"""Mutants that can be accessed without the contract's credentials, or that leak credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.contract import Contract, Scheme
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.mutant import Mutant


def bypass_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area auth that are about other ways of access, and about leaks."""
    auth = Authentication(contract)
    yield from _outside_headers(auth)
    yield from _paths_and_headers(auth)
    yield from _before_credentials(auth)
    yield from _leaks(auth)


def _outside_headers(auth: Authentication) -> Iterator[Mutant]:
    scheme, requirement = auth.secret_schemes[0], "auth.headers-only"
    value = auth.valid[scheme.name].encode()
    yield Mutant("accepts a key anywhere in the query", requirement, auth.accepts(lambda r: value in r.query))
    for name in (b"key", b"access_token"):
        yield Mutant(
            f"accepts a key in the query parameter {name.decode()}",
            requirement,
            auth.accepts(partial(_has_parameter, parameter=name + b"=" + value)),
        )
    yield Mutant(
        "accepts a key in a cookie",
        requirement,
        auth.accepts(lambda r: value.decode() in (r.header("cookie") or "")),
    )
    yield Mutant(
        "accepts a key in the body",
        requirement,
        auth.accepts(
            lambda r: value in r.body, lambda r: r.with_payload(_known_properties(auth, r.payload()))
        ),
    )


def _paths_and_headers(auth: Authentication) -> Iterator[Mutant]:
    bypass = "auth.bypass"
    yield Mutant(
        "accepts anonymous requests to the path with a trailing slash",
        bypass,
        _normalizes_path(auth, lambda path: path.rstrip("/")),
    )
    yield Mutant(
        "accepts anonymous requests to the path with a double slash",
        bypass,
        _normalizes_path(auth, lambda path: path.replace("//", "/")),
    )
    for name in ("x-http-method-override", "x-original-url", "x-forwarded-for"):
        fault = auth.accepts(partial(_has_header, name=name))
        yield Mutant(f"accepts anonymous requests with {name}", bypass, fault)
    reused = "auth.reused-connection"
    yield Mutant("accepts an anonymous request that is sent three times", reused, _AcceptsThird(auth))
    yield Mutant("accepts anonymous requests after an authenticated one", reused, _AcceptsLater(auth))


def _before_credentials(auth: Authentication) -> Iterator[Mutant]:
    before = "auth.before-body"
    yield Mutant(
        "validates the body before the credentials",
        before,
        _judges_anonymous(auth, lambda response: response.status == 400),
    )
    yield Mutant(
        "parses JSON before it checks credentials",
        before,
        _judges_anonymous(auth, lambda response: response.status == 400 and b"request.json" in response.body),
    )


def _leaks(auth: Authentication) -> Iterator[Mutant]:
    echo = "auth.echo"
    conditions: dict[str, Callable[[Request, Response], object]] = {
        "errors about credentials": lambda request, response: response.status == 401,
        "errors about payloads": lambda request, response: response.status == 400,
        "errors about unknown properties": lambda request, response: (
            b"additional-properties" in response.body
        ),
        "errors about encodings": lambda request, response: (
            response.status == 400 and b"UTF-8" in response.body
        ),
        "errors about media types": lambda request, response: response.status == 415,
        "errors about models": lambda request, response: response.status == 404,
        "errors about methods": lambda request, response: response.status == 405,
        "200 responses": lambda request, response: response.ok,
    }
    for responses, condition in conditions.items():
        yield Mutant(f"repeats all request headers in {responses}", echo, _adds(condition, _all_headers))
    yield Mutant(
        "repeats a wrong credential",
        echo,
        _adds(conditions["errors about credentials"], lambda r: [_wrong(auth, r)]),
    )
    yield Mutant("returns Authorization in a header", echo, _returns_header(auth.secret_schemes[0].header))


def _credential(request: Request, scheme: Scheme) -> str:
    value = request.header(scheme.header) or ""
    return value.removeprefix(scheme.prefix.strip()).strip()


def _has_parameter(request: Request, parameter: bytes) -> bool:
    return parameter in request.query.split(b"&")


def _has_header(request: Request, name: str) -> bool:
    return request.header(name) is not None


def _known_properties(auth: Authentication, payload: Any) -> Any:
    return {key: value for key, value in payload.items() if key in auth.contract.request.properties}


def _normalizes_path(auth: Authentication, normalize: Callable[[str], str]) -> Fault:
    """A server that also serves other paths, and accepts all requests there."""
    return auth.accepts(lambda r: normalize(r.path) != r.path, lambda r: replace(r, path=normalize(r.path)))


def _judges_anonymous(auth: Authentication, shown: Callable[[Response], bool]) -> Fault:
    """A server that returns errors in the request's body to unauthenticated clients, if *shown* is true of them."""

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if response.status != 401:
            return response
        judged = await correct(auth.with_valid(request))
        return judged if shown(judged) else response

    return server


def _adds(when: Callable[[Request, Response], object], values: Callable[[Request], list[str]]) -> Fault:
    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not when(request, response):
            return response
        return response.with_payload({**response.payload(), "debug": values(request)})

    return server


def _all_headers(request: Request) -> list[str]:
    return [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in request.headers]


def _wrong(auth: Authentication, request: Request) -> str:
    """The first invalid credential of a request."""
    given = {scheme.name: _credential(request, scheme) for scheme in auth.secret_schemes}
    return next((value for name, value in given.items() if value and value != auth.valid[name]), "")


def _returns_header(name: str) -> Fault:
    async def server(request: Request, correct: Server) -> Response:
        return (await correct(request)).with_header("x-debug", request.header(name) or "none")

    return server


class _AcceptsThird:
    """Accepts an anonymous request when it is sent for the third time."""

    def __init__(self, auth: Authentication) -> None:
        self._auth = auth
        self._times: dict[Request, int] = {}

    async def __call__(self, request: Request, correct: Server) -> Response:
        if not self._auth.is_anonymous(request):
            return await correct(request)
        self._times[request] = self._times.get(request, 0) + 1
        return await correct(self._auth.with_valid(request) if self._times[request] > 2 else request)


class _AcceptsLater:
    """Accepts anonymous requests after it has accepted a request with credentials."""

    def __init__(self, auth: Authentication) -> None:
        self._auth, self._accepted = auth, False

    async def __call__(self, request: Request, correct: Server) -> Response:
        if self._accepted and self._auth.is_anonymous(request):
            return await correct(self._auth.with_valid(request))
        response = await correct(request)
        self._accepted = self._accepted or response.ok
        return response
