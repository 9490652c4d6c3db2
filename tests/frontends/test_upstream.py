"""The mock upstream of a gateway, at each front end: it listens only during a run."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.types import ASGIApp

from conformance import check
from conformance.config.settings import configure
from conformance.engine import Unreachable
from conformance.errors import ConfigurationError
from conformance.runner.background import BackgroundRun
from conformance.runner.inputs import load_inputs
from conformance.runner.prepare import prepare_run
from tests.forwarding.faults import maps_errors
from tests.forwarding.gateway import HEADERS, KEY, Gateway, error
from tests.forwarding.gateway_runs import free_port

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Serve = Callable[[ASGIApp], str]
RECEIVED = "forwarding.received"


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def gateway(address: str, serve: Serve) -> str:
    """The base URL of a gateway in front of *address*."""
    return serve(Gateway(f"http://{address}/v1"))


@pytest.fixture
def taken() -> Iterator[str]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def is_free(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) != 0


def test_the_command_and_pytest_run_the_mock_upstream(
    front_end: FrontEnd, gateway: str, address: str
) -> None:
    ended = front_end(gateway, upstream=address, only=[RECEIVED, "forwarding.user", "http.chunked"])
    assert (ended.code, ended.verdict(RECEIVED), ended.verdict("forwarding.user")) == (0, "pass", "pass")
    assert ended.verdict("http.chunked") == "pass"
    assert is_free(address)


def test_the_library_runs_the_mock_upstream(gateway: str, address: str) -> None:
    report = check(gateway, headers=HEADERS, upstream=address, only=[RECEIVED])
    assert report.result.outcomes[RECEIVED].verdict == "pass"
    assert is_free(address)


def test_a_run_without_upstream_has_no_forwarding_requirements(run_command: FrontEnd, url: str) -> None:
    rows = run_command(url, only=["http.chunked"]).report["requirements"]
    assert {row["area"] for row in rows} & {"forwarding"} == set()


def test_an_address_in_use_is_a_usage_error(front_end: FrontEnd, url: str, taken: str) -> None:
    ended = front_end(url, upstream=taken, only=["http.chunked"])
    assert ended.code == 4
    assert f"cannot listen on {taken}: Address already in use" in " ".join(ended.text.split())


def test_an_address_in_use_raises_from_the_library(url: str, taken: str) -> None:
    with pytest.raises(ConfigurationError, match="upstream: cannot listen on"):
        check(url, headers=HEADERS, upstream=taken)


def test_a_plan_does_not_listen(front_end: FrontEnd, url: str, taken: str) -> None:
    assert front_end(url, upstream=taken, plan=True, only=["forwarding.once"]).code in (0, 5)


@pytest.mark.parametrize(
    "wrong", ["9100", ":9100", "localhost", "127.0.0.1:0", "[::1]:70000", "::1:9100", "http://a:1"]
)
def test_an_invalid_address_is_a_usage_error(front_end: FrontEnd, url: str, wrong: str) -> None:
    ended = front_end(url, upstream=wrong)
    assert ended.code == 4
    assert "HOST:PORT" in ended.text


def test_an_unreachable_gateway_leaves_the_address_free(address: str) -> None:
    with pytest.raises(Unreachable):
        check(f"http://127.0.0.1:{free_port()}/v1", headers=HEADERS, upstream=address)
    assert is_free(address)


def test_an_interrupted_run_leaves_the_address_free(gateway: str, address: str) -> None:
    given = {"url": gateway, "header": [f"{name}: {value}" for name, value in HEADERS.items()]}
    background = BackgroundRun(
        prepare_run(load_inputs(configure({**given, "upstream": address, "rate": 5}, None)))
    )
    background.start()
    assert not is_free(address)
    assert background.stop().interrupted
    assert is_free(address)


def test_an_ipv6_address_has_brackets(serve: Serve) -> None:
    address = f"[::1]:{free_port()}"
    report = check(serve(Gateway(f"http://{address}/v1")), headers=HEADERS, upstream=address, only=[RECEIVED])
    assert report.result.outcomes[RECEIVED].verdict == "pass"


def test_a_gateway_with_another_upstream_is_told_the_address(
    run_command: FrontEnd, url: str, address: str
) -> None:
    ended = run_command(url, upstream=address, only=["forwarding.*"])
    assert ended.code == 1
    assert f"http://{address}/v1" in ended.row(RECEIVED)["evidence"][0]["expected"]
    others = [row for row in ended.report["requirements"] if row["blocked_by"] == RECEIVED]
    forwarding = [row for row in ended.report["requirements"] if row["area"] == "forwarding"]
    assert len(others) == len(forwarding) - 1


def test_the_key_of_the_upstream_is_redacted_in_responses_of_the_gateway(
    run_command: FrontEnd, serve: Serve, address: str
) -> None:
    telling = maps_errors({401: error(502, f"The upstream does not like {KEY}.")})
    ended = run_command(
        serve(telling(f"http://{address}/v1")), upstream=address, only=["forwarding.error.secret"]
    )
    assert ended.verdict("forwarding.error.secret") == "fail"
    assert "does not like [credential]" in json.dumps(ended.report)
    assert KEY not in json.dumps(ended.report) + ended.text
