"""Mutants that reject requests as real clients send them, or headers that proxies, tracers and browsers add."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract import Contract
from conformance.contract.client_requests import ClientRequest, load_client_requests
from tests.faulty_servers.faults import OnRequest, changes_request, crashes, responds
from tests.faulty_servers.messages import Request, error
from tests.mutants.mutant import Mutant

ADDED = "http.proxy-headers"


def client_request_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants; none of them keeps state."""
    for label, sent in load_client_requests().items():
        fault = responds(_is_from(sent, contract), error(400))
        yield Mutant(f"rejects requests as {sent.names} sends them", f"http.client.{label}", fault)
    yield from _stacks()
    yield from _added()


def _stacks() -> Iterator[Mutant]:
    """Faults that public reports describe."""
    offers, java = _has("http2-settings"), "http.client.java-http-client"
    without_body = changes_request(offers, lambda request: request.with_body(b""))
    yield Mutant("ignores the body of requests that offer HTTP/2", java, without_body)
    yield Mutant("rejects requests that offer HTTP/2", java, responds(offers, error(400)))
    yield Mutant("crashes on Connection: Upgrade", java, crashes(_with_value("connection", "Upgrade")))
    is_chunked_upgrade = lambda r: offers(r) and _has("transfer-encoding")(r)  # noqa: E731
    spring = changes_request(is_chunked_upgrade, lambda request: request.with_body(b""))
    yield Mutant("ignores chunked bodies of requests that offer HTTP/2", "http.client.spring-ai", spring)
    is_sdk = _with_value("user-agent", "OpenAI/Python")
    yield Mutant("crashes on the user agent of openai-python", "http.client.openai-python", crashes(is_sdk))
    not_acceptable = responds(_with_value("accept", "*/*"), error(406))
    yield Mutant("returns 406 for Accept: */*", "http.client.curl", not_acceptable)
    without_accept = responds(lambda r: _has("user-agent")(r) and not _has("accept")(r), error(406))
    yield Mutant("returns 406 without Accept", "http.client.go-net-http", without_accept)


def _added() -> Iterator[Mutant]:
    faults: dict[str, OnRequest] = {
        "traceparent": _has("tracestate"),
        "B3 headers": _has("b3"),
        "Forwarded": _has("forwarded"),
        "CF-Visitor": _has("cf-visitor"),
        "Origin": _has("referer"),
        "header values outside ASCII": lambda r: any(max(value, default=0) > 0x7F for _, value in r.headers),
        "headers of over 8 kB": lambda r: sum(len(name) + len(value) for name, value in r.headers) > 8500,
    }
    for what, when in faults.items():
        yield Mutant(f"crashes on {what}", ADDED, crashes(when))
    has_cookie = lambda r: 0 < len(r.header("cookie") or "") < 1000  # noqa: E731
    yield Mutant("rejects cookies", ADDED, responds(has_cookie, error(400)))
    other_input = changes_request(_has("idempotency-key"), lambda r: r.with_input("another text"))
    yield Mutant(
        "embeds another text with an Idempotency-Key", ADDED, other_input, also=("state.request-id",)
    )


def _is_from(sent: ClientRequest, contract: Contract) -> OnRequest:
    """Whether the names of a request's headers, without credentials, are those of *sent* in their order."""
    credentials = {"authorization", *(scheme.header.lower() for scheme in contract.security.schemes)}
    wanted = [name.lower() for name, _ in sent.headers if name.lower() not in credentials]

    def is_from(request: Request) -> bool:
        names = [name.decode("latin-1").lower() for name, _ in request.headers]
        return [name for name in names if name not in credentials] == wanted

    return is_from


def _has(name: str) -> Callable[[Request], bool]:
    return lambda request: request.header(name) is not None


def _with_value(name: str, value: str) -> OnRequest:
    return lambda request: (request.header(name) or "").startswith(value)
