"""Servers to discover: the reference server under each profile, with faults, and with lists of models."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from conformance.config.headers import header_lines
from conformance.contract import Contract, DeclaredCapabilities
from conformance.reference import default_credentials
from tests.faulty_servers.capabilities import (
    Convert,
    arrays_as_texts,
    first_item,
    first_token,
    on_input,
    tokens_as_texts,
    without_property,
)
from tests.faulty_servers.faults import changes_payload, changes_response, compresses, rejects
from tests.faulty_servers.messages import Request, Response, error, respond
from tests.faulty_servers.servers import Fault, Server, with_faults
from tests.mutants.setup import Setup

Payload = dict[str, Any]


@cache
def correct(profile: str) -> Server:
    """The reference server under *profile*, with short vectors."""
    return Setup.of(Contract.load(profile=profile)).correct


def given(profile: str, *only: str) -> list[str]:
    """The headers that the reference server under *profile* accepts, or only those of the schemes *only*."""
    contract = Contract.load(profile=profile)
    lines = header_lines(contract, default_credentials(contract))
    schemes = [scheme.name for scheme in contract.security.schemes]
    return [line for line, name in zip(lines, schemes, strict=True) if not only or name in only]


def small(profile: str) -> Server:
    """The same server with small batches, which take less time to discover."""
    return with_faults(correct(profile), few_texts)


@dataclass(frozen=True)
class ServerCase:
    """A server with its name, the profile of its credentials, and the headers that a user gives."""

    name: str
    server: Server = field(repr=False)
    profile: str = "open"
    header: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, *faults: Fault, profile: str = "open", only: tuple[str, ...] = ()) -> ServerCase:
        """The reference server under *profile* with *faults*, the first one innermost."""
        server = with_faults(correct(profile), *faults)
        return cls(name, server, profile, () if profile == "open" else tuple(given(profile, *only)))


def with_models(*names: str) -> Fault:
    """A server that lists models, in OpenAI's form."""
    listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    return with_pages({"/v1/models": respond(200, listed)})


def with_pages(at: Mapping[str, Response]) -> Fault:
    """A server with other responses at the paths *at*."""

    async def server(request: Request, inner: Server) -> Response:
        return at[request.path] if request.path in at else await inner(request)

    return server


def with_only_models(*models: str) -> Fault:
    """A server that has only these models, and treats them as the contract's example."""
    example = Contract.load().example_model

    async def server(request: Request, inner: Server) -> Response:
        payload = request.payload()
        if not isinstance(payload, dict) or not isinstance(payload.get("model"), str) or not payload["model"]:
            return await inner(request)
        if payload["model"] not in models:
            return error(404, f"the model {payload['model']} does not exist")
        response = await inner(request.with_payload({**payload, "model": example}))
        return (
            response.with_payload({**response.payload(), "model": payload["model"]})
            if response.status == 200
            else response
        )

    return server


def rejecting(*capabilities: str, status: int = 400) -> Fault:
    """A server that rejects requests that need *capabilities*, or exceed a limit, as in ``batch=7``."""
    names = [name for name in capabilities if "=" not in name]
    limits = [limit for limit in capabilities if "=" in limit]
    return rejects(DeclaredCapabilities.read(names, limits).missing, status)


few_texts = rejecting("batch=7")
"""A server with a limit that `discover` finds with few requests, for tests of something else."""


def misinterpreting(declared: str, convert: Convert) -> Fault:
    """A server that converts the payloads of requests that *declared* does not allow."""
    names, limits = ((), [declared]) if "=" in declared else ([declared], ())
    return changes_payload(DeclaredCapabilities.read(names, limits).missing, convert)


def crashing(capability: str) -> Fault:
    """A server that returns 500 to requests that need *capability*."""
    return rejecting(capability, status=500)


def with_error_pages(markup: str) -> Fault:
    """A server whose errors are HTML pages."""
    return changes_response(
        lambda request, response: response.status >= 400,
        lambda response: respond(response.status, markup.encode(), media_type="text/html"),
    )


gzipped = compresses(partial(gzip.compress, compresslevel=1), "gzip", lambda request, response: True)
"""A server that compresses its responses with gzip."""


class RateLimited:
    """A server that returns 429, with a Retry-After of one second, after each *most* requests, at any speed."""

    def __init__(self, most: int) -> None:
        self._most, self._count = most, 0

    async def __call__(self, request: Request, inner: Server) -> Response:
        if self._count == self._most:
            self._count = 0
            return error(429).with_header("retry-after", "1")
        self._count += 1
        return await inner(request)


def always_failing(status: int, text: str = "no") -> Server:
    """A server that returns the same error to every request."""

    async def server(_: Request) -> Response:
        return error(status, text)

    return server


def correct_servers() -> list[ServerCase]:
    """Servers that accept or reject each request correctly."""
    return [
        ServerCase.of("open"),
        ServerCase.of("a bearer token", profile="openai"),
        ServerCase.of("a key in its own header", profile="azure"),
        ServerCase.of("Portkey with a configuration", profile="portkey", only=("Portkey-Key", "Config")),
        ServerCase.of("Portkey's gateway with a configuration", profile="portkey-oss", only=("Config",)),
        ServerCase.of("Portkey's gateway", profile="portkey-oss", only=("Provider-Auth", "Provider-Name")),
        ServerCase.of("no dimensions", rejecting("dimensions")),
        ServerCase.of("no base64", rejecting("base64")),
        ServerCase.of("no tokens", rejecting("token-input", "nested-token-input", status=422)),
        ServerCase.of("no batches", rejecting("batch", "nested-token-input")),
        ServerCase.of("seven texts", rejecting("batch=7")),
        ServerCase.of("the native dimensions as limit", rejecting("dimensions=96")),
        ServerCase.of("short texts", rejecting("input-tokens=500")),
        ServerCase.of("one model", with_only_models("m"), with_models("m")),
        ServerCase.of(
            "one model of several",
            with_only_models("my-embedder"),
            with_models("chat", "my-embedder", "other"),
        ),
        ServerCase.of("gzip", gzipped),
        ServerCase.of(
            "errors as HTML pages", rejecting("dimensions"), with_error_pages("<html><h1>no</h1></html>")
        ),
    ]


def misinterpreting_servers() -> list[tuple[ServerCase, str]]:
    """Servers that misinterpret or crash on unsupported requests, with the capability of each."""
    faults = {
        ("ignores dimensions", "dimensions"): misinterpreting("dimensions", without_property("dimensions")),
        ("ignores base64", "base64"): misinterpreting("base64", without_property("encoding_format")),
        ("a vector for each token", "token-input"): misinterpreting("token-input", on_input(tokens_as_texts)),
        ("the first token", "token-input"): misinterpreting("token-input", on_input(first_token)),
        ("token arrays as texts", "nested-token-input"): misinterpreting(
            "nested-token-input", on_input(arrays_as_texts)
        ),
        ("the first text", "batch"): misinterpreting("batch", on_input(first_item)),
        ("crashes on dimensions", "dimensions"): crashing("dimensions"),
        ("crashes on tokens", "token-input"): crashing("token-input"),
        ("crashes on long texts", "input-tokens"): rejecting("input-tokens=500", status=500),
    }
    return [
        (
            ServerCase.of(name, fault) if capability == "batch" else ServerCase.of(name, fault, few_texts),
            capability,
        )
        for (name, capability), fault in faults.items()
    ]
