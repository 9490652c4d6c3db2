"""Requests as real clients send them: what is sent, and which responses a correct server may give."""

from __future__ import annotations

import asyncio
import re
from functools import cache

import pytest

from conformance.checks import build_suite
from conformance.checks.http.clients import with_headers
from conformance.contract import Contract
from conformance.contract.client_requests import load_client_requests
from conformance.engine import Check, Load, ProbeResult, Run, Settings, Suite
from conformance.http_client import Exchange, Failure, FailureKind, Response, open_url
from conformance.reference import background_server, create_app
from tests.faulty_servers.faults import responds
from tests.faulty_servers.messages import Request, error
from tests.http_client.tcp_servers import Recorder, listening
from tests.mutants.setup import Setup, credentials

CONTRACT = Contract.load(profile="openai")
LABELS = list(load_client_requests())


@cache
def suite() -> Suite:
    return build_suite(CONTRACT, credentials(CONTRACT))


def check_of(id: str) -> Check:
    return suite().checks[id]


def lines_sent(label: str) -> list[str]:
    """The lines of the request of a client as the suite sends it."""
    recorder = Recorder()

    async def scenario() -> None:
        probe = check_of(f"http.client.{label}").probes[-1]
        async with listening(recorder) as at, open_url(f"http://{at}/v1", timeout=5) as target:
            await target.send(probe.request)

    asyncio.run(scenario())
    return [recorder.request_line.decode(), *(line.decode() for line in recorder.header_lines)]


@pytest.mark.parametrize("label", LABELS)
def test_a_request_is_sent_as_it_was_recorded(label: str) -> None:
    ((_, credential),) = credentials(CONTRACT)
    values = {"{credentials}": str(credential), "{media-type}": "application/json"}
    first, *lines = lines_sent(label)
    assert first == "POST /v1/embeddings HTTP/1.1"
    for line, (name, value) in zip(lines, load_client_requests()[label].headers, strict=True):
        found, _, sent = line.partition(": ")
        assert found == name
        if name.lower() not in ("host", "content-length", "accept-encoding"):
            assert sent == "".join(values.get(part, part) for part in re.split(r"({[a-z-]+})", value))


def test_a_request_offers_only_codings_that_the_suite_decodes() -> None:
    assert "Accept-Encoding: deflate, gzip" in lines_sent("curl-compressed")


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup.of(CONTRACT)


@pytest.mark.parametrize(
    ("label", "header", "status", "expected"),
    [
        ("spring-ai", "transfer-encoding", 411, "not-tested"),
        ("java-http-client", "upgrade", 411, "fail"),
        ("curl-file", "expect", 417, "pass"),
        ("curl", "content-length", 417, "fail"),
        ("curl-http2", "upgrade", 426, "fail"),
    ],
)
def test_a_server_may_reject_what_is_optional_in_http(
    setup: Setup, label: str, header: str, status: int, expected: str
) -> None:
    def when(request: Request) -> bool:
        return request.header(header) is not None and request.header("accept") != "application/json"

    id = f"http.client.{label}"
    result = setup.run(responds(when, error(status)), selected=[id])
    assert result.outcomes[id].verdict == expected


@pytest.mark.parametrize(
    ("label", "seconds", "fails"), [("curl-file", 1.0, False), ("curl-file", 0.1, True), ("curl", 1.0, True)]
)
def test_a_server_may_close_while_a_client_waits_to_continue(label: str, seconds: float, fails: bool) -> None:
    check = check_of(f"http.client.{label}")
    probe = check.probes[-1]
    dropped = Exchange(probe.request, None, Failure(FailureKind.DROPPED, "closed"), seconds)
    assert bool(list(check.judge([ProbeResult(probe, dropped)]))) is fails


def added(description: str) -> tuple[Check, ProbeResult]:
    check = check_of("http.proxy-headers")
    probe = next(probe for probe in check.probes if description in probe.description)
    return check, ProbeResult(
        probe, Exchange(probe.request, None, Failure(FailureKind.DROPPED, "closed"), 0.0)
    )


@pytest.mark.parametrize(("group", "fails"), [("8 kB", False), ("cookies", True), ("ASCII", True)])
def test_a_server_may_close_the_connection_only_for_long_headers(group: str, fails: bool) -> None:
    check, dropped = added(group)
    assert bool(list(check.judge([dropped]))) is fails


@pytest.mark.parametrize(
    ("group", "status", "fails"),
    [
        ("8 kB", 431, False),
        ("8 kB", 502, True),
        ("browser", 403, False),
        ("browser", 400, True),
        ("ASCII", 400, False),
        ("cookies", 400, True),
        ("trace", 404, True),
    ],
)
def test_a_server_may_reject_some_headers_with_some_statuses(group: str, status: int, fails: bool) -> None:
    check, result = added(group)
    exchange = Exchange(result.probe.request, Response(status, (), b""), None, 0.0)
    assert bool(list(check.judge([ProbeResult(result.probe, exchange)]))) is fails


def test_the_reference_server_passes_over_http() -> None:
    clients = [requirement.id for requirement in CONTRACT.catalogue.matching("http.client.*")]
    selected = [*clients, "http.proxy-headers", "state.request-id", "state.disconnect", "state.burst"]
    with background_server(create_app(CONTRACT)) as url:
        own = build_suite(CONTRACT, credentials(CONTRACT))
        result = asyncio.run(Run(own, open_url(url), Settings(Load()), selected=selected).execute())
    assert {result.outcomes[id].verdict.value for id in selected} == {"pass"}


def test_cookies_are_added_to_those_of_the_credentials() -> None:
    own = (("Content-Type", "application/json"), ("Cookie", "session=mine"))
    added = (("Cookie", "session=other; theme=dark;"), ("DNT", "1"))
    assert with_headers(own, added) == (own[0], ("Cookie", "session=mine; theme=dark"), ("DNT", "1"))


def test_without_a_cookie_all_headers_are_added() -> None:
    added = (("Cookie", "theme=dark"), ("DNT", "1"))
    assert with_headers((), added) == added
