"""Servers to discover: the reference under each profile, behind faults, and behind a list of models."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import Any

from conformance.config.headers import header_lines
from conformance.contract import Contract, DeclaredCapabilities
from conformance.reference import default_credentials
from tests.mutants.asgi import Call, Fault, Reply, Serve, behind, error, reply
from tests.mutants.ground import Ground
from tests.mutants.mutant import accepts, refuses

Payload = dict[str, Any]


@cache
def correct(profile: str) -> Serve:
    """The reference under *profile*, with short vectors."""
    return Ground.of(Contract.load(profile=profile)).correct


def given(profile: str, *only: str) -> list[str]:
    """The headers that the reference under *profile* accepts, those of the schemes *only* if such are named."""
    contract = Contract.load(profile=profile)
    lines = header_lines(contract, default_credentials(contract))
    schemes = [scheme.name for scheme in contract.security.schemes]
    return [line for line, name in zip(lines, schemes, strict=True) if not only or name in only]


@dataclass(frozen=True)
class Served:
    """A server with its name, the profile whose door it has, and the headers that somebody gives."""

    name: str
    serve: Serve = field(repr=False)
    profile: str = "open"
    header: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, *faults: Fault, profile: str = "open", only: tuple[str, ...] = ()) -> Served:
        """The reference under *profile* behind *faults*, the first one nearest to it."""
        serve = correct(profile)
        for fault in faults:
            serve = behind(fault, serve)
        return cls(name, serve, profile, () if profile == "open" else tuple(given(profile, *only)))


def lists(*names: str) -> Fault:
    """A server that lists models, in OpenAI's form."""
    listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    return pages({"/v1/models": reply(200, listed)})


def pages(at: Mapping[str, Reply]) -> Fault:
    """A server with other *pages*, by path."""

    async def serve(call: Call, inner: Serve) -> Reply:
        return at[call.path] if call.path in at else await inner(call)

    return serve


def knows(*models: str) -> Fault:
    """A server that has no models but these, which it takes for the contract's example."""
    example = Contract.load().example_model

    async def serve(call: Call, inner: Serve) -> Reply:
        payload = call.payload()
        if not isinstance(payload, dict) or not isinstance(payload.get("model"), str) or not payload["model"]:
            return await inner(call)
        if payload["model"] not in models:
            return error(404, f"the model {payload['model']} does not exist")
        answer = await inner(call.with_payload({**payload, "model": example}))
        return (
            answer.with_payload({**answer.payload(), "model": payload["model"]})
            if answer.status == 200
            else answer
        )

    return serve


def without(*capabilities: str, status: int = 400) -> Fault:
    """A server that refuses what takes *capabilities*, or goes beyond them, as in ``batch=7``."""
    names = [name for name in capabilities if "=" not in name]
    limits = [limit for limit in capabilities if "=" in limit]
    return refuses(DeclaredCapabilities.read(names, limits).lacking, status)


def misreading(declared: str, read: Callable[[Payload], Payload]) -> Fault:
    """A server that takes a request beyond *declared* for what *read* makes of it."""
    names, limits = ((), [declared]) if "=" in declared else ([declared], ())
    return accepts(DeclaredCapabilities.read(names, limits).lacking, read)


def crashing(capability: str) -> Fault:
    """A server that breaks at what takes *capability*."""
    return without(capability, status=500)


def with_error_pages(markup: str) -> Fault:
    """A server whose errors are pages of HTML."""

    async def serve(call: Call, inner: Serve) -> Reply:
        answer = await inner(call)
        return (
            answer if answer.status < 400 else reply(answer.status, markup.encode(), media_type="text/html")
        )

    return serve


async def packed(call: Call, inner: Serve) -> Reply:
    """A server that answers in gzip."""
    answer = await inner(call)
    return answer.with_body(gzip.compress(answer.body, 1)).with_header("content-encoding", "gzip")


class Limited:
    """429, and a Retry-After of a second, for whoever comes after *most* calls within one."""

    def __init__(self, most: int) -> None:
        self._most, self._since, self._count = most, monotonic(), 0

    async def __call__(self, call: Call, inner: Serve) -> Reply:
        if monotonic() - self._since > 1:
            self._since, self._count = monotonic(), 0
        self._count += 1
        if self._count > self._most:
            return error(429).with_header("retry-after", "1")
        return await inner(call)


def always(status: int, text: str = "no") -> Serve:
    """A server that has one answer for all."""

    async def serve(_: Call) -> Reply:
        return error(status, text)

    return serve


def honest() -> list[Served]:
    """Servers that serve, or refuse, whatever they are asked."""
    return [
        Served.of("open"),
        Served.of("a bearer token", profile="openai"),
        Served.of("a key in a header of its own", profile="azure"),
        Served.of("Portkey with a configuration", profile="portkey", only=("Portkey-Key", "Config")),
        Served.of("Portkey's gateway with a configuration", profile="portkey-oss", only=("Config",)),
        Served.of("Portkey's gateway", profile="portkey-oss", only=("Provider-Auth", "Provider-Name")),
        Served.of("no dimensions", without("dimensions")),
        Served.of("no base64", without("base64")),
        Served.of("no tokens", without("token-input", "nested-token-input", status=422)),
        Served.of("no batches", without("batch", "nested-token-input")),
        Served.of("seven texts", without("batch=7")),
        Served.of("as many numbers as the model has", without("dimensions=96")),
        Served.of("short texts", without("input-tokens=500")),
        Served.of("one model", knows("m"), lists("m")),
        Served.of("one model of several", knows("my-embedder"), lists("chat", "my-embedder", "other")),
        Served.of("gzip", packed),
        Served.of("errors as pages", without("dimensions"), with_error_pages("<html><h1>no</h1></html>")),
    ]


def misreads() -> list[tuple[Served, str]]:
    """Servers that take what they can not do for something else, or break, with the capability that it is."""
    faults = {
        ("ignores dimensions", "dimensions"): misreading("dimensions", lambda p: _but(p, "dimensions")),
        ("ignores base64", "base64"): misreading("base64", lambda p: _but(p, "encoding_format")),
        ("a vector for each token", "token-input"): misreading(
            "token-input", lambda p: {**p, "input": [str(token) for token in p["input"]]}
        ),
        ("the first token", "token-input"): misreading(
            "token-input", lambda p: {**p, "input": str(p["input"][0])}
        ),
        ("token arrays as texts", "nested-token-input"): misreading(
            "nested-token-input", lambda p: {**p, "input": [" ".join(map(str, t)) for t in p["input"]]}
        ),
        ("the first text", "batch"): misreading("batch", lambda p: {**p, "input": p["input"][0]}),
        ("cuts texts", "input-tokens"): misreading("input-tokens=500", _cut),
        ("breaks at dimensions", "dimensions"): crashing("dimensions"),
        ("breaks at tokens", "token-input"): crashing("token-input"),
        ("breaks at long texts", "input-tokens"): without("input-tokens=500", status=500),
    }
    return [(Served.of(name, fault), capability) for (name, capability), fault in faults.items()]


def _but(payload: Payload, name: str) -> Payload:
    return {key: value for key, value in payload.items() if key != name}


def _cut(payload: Payload) -> Payload:
    def cut(value: Any) -> Any:
        if isinstance(value, str):
            return " ".join(value.split()[:400])
        return value[:400] if isinstance(value[0], int) else [cut(item) for item in value]

    return {**payload, "input": cut(payload["input"])}
