"""The upstream of a gateway, played by the suite: at each door, for as long as a run lasts, and no longer."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from starlette.types import ASGIApp

from conformance import check
from conformance.config.settings import ConfigurationError, configure
from conformance.engine import Unreachable
from conformance.runner.background import BackgroundRun
from conformance.runner.prepare import prepare
from tests.forwarding.faults import maps
from tests.forwarding.gateway import HEADERS, KEY, Gateway, error
from tests.forwarding.pairs import free_port

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
Serve = Callable[[ASGIApp], str]
ARRIVES = "forwarding.received"


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


def test_the_command_and_pytest_play_the_upstream(door: Door, gateway: str, address: str) -> None:
    ended = door(gateway, upstream=address, only=[ARRIVES, "forwarding.user", "http.chunked"])
    assert (ended.code, ended.verdict(ARRIVES), ended.verdict("forwarding.user")) == (0, "pass", "pass")
    assert ended.verdict("http.chunked") == "pass"
    assert is_free(address)


def test_the_library_plays_the_upstream(gateway: str, address: str) -> None:
    report = check(gateway, headers=HEADERS, upstream=address, only=[ARRIVES])
    assert report.result.outcomes[ARRIVES].verdict == "pass"
    assert is_free(address)


def test_without_an_upstream_there_is_no_such_area(door: Door, url: str) -> None:
    rows = door(url, only=["http.chunked"]).report["requirements"]
    assert {row["area"] for row in rows} & {"forwarding"} == set()


def test_an_address_that_is_taken_is_a_usage_error(door: Door, url: str, taken: str) -> None:
    ended = door(url, upstream=taken, only=["http.chunked"])
    assert ended.code == 4
    assert f"{taken} can not be had: Address already in use" in " ".join(ended.text.split())
    assert "name another address" in " ".join(ended.text.split())


def test_the_library_says_that_an_address_is_taken(url: str, taken: str) -> None:
    with pytest.raises(ConfigurationError, match="upstream: expected a free address of this machine"):
        check(url, headers=HEADERS, upstream=taken)


def test_a_plan_does_not_listen(door: Door, url: str, taken: str) -> None:
    assert door(url, upstream=taken, plan=True, only=["forwarding.once"]).code in (0, 5)


@pytest.mark.parametrize(
    "wrong", ["9100", ":9100", "localhost", "127.0.0.1:0", "[::1]:70000", "::1:9100", "http://a:1"]
)
def test_what_is_no_address_is_a_usage_error(door: Door, url: str, wrong: str) -> None:
    ended = door(url, upstream=wrong)
    assert ended.code == 4
    assert "HOST:PORT" in ended.text


def test_a_gateway_that_is_not_there_leaves_the_address_free(address: str) -> None:
    with pytest.raises(Unreachable):
        check(f"http://127.0.0.1:{free_port()}/v1", headers=HEADERS, upstream=address)
    assert is_free(address)


def test_a_run_that_is_cut_short_leaves_the_address_free(gateway: str, address: str) -> None:
    given = {"url": gateway, "header": [f"{name}: {value}" for name, value in HEADERS.items()]}
    background = BackgroundRun(prepare(configure({**given, "upstream": address, "rate": 5}, None)))
    background.start()
    assert not is_free(address)
    assert background.stop().interrupted
    assert is_free(address)


def test_an_ipv6_address_stands_in_brackets(serve: Serve) -> None:
    address = f"[::1]:{free_port()}"
    report = check(serve(Gateway(f"http://{address}/v1")), headers=HEADERS, upstream=address, only=[ARRIVES])
    assert report.result.outcomes[ARRIVES].verdict == "pass"


def test_a_gateway_that_leads_elsewhere_is_told_where_to(door: Door, url: str, address: str) -> None:
    ended = door(url, upstream=address, only=["forwarding.*"])
    assert ended.code == 1
    assert f"http://{address}/v1" in ended.row(ARRIVES)["evidence"][0]["expected"]
    others = [row for row in ended.report["requirements"] if row["blocked_by"] == ARRIVES]
    forwarding = [row for row in ended.report["requirements"] if row["area"] == "forwarding"]
    assert len(others) == len(forwarding) - 1


def test_the_upstreams_key_is_not_shown_where_the_gateway_shows_it(
    door: Door, serve: Serve, address: str
) -> None:
    telling = maps({401: error(502, f"The upstream does not like {KEY}.")})
    ended = door(serve(telling(f"http://{address}/v1")), upstream=address, only=["forwarding.error.secret"])
    assert ended.verdict("forwarding.error.secret") == "fail"
    assert "does not like [credential]" in json.dumps(ended.report)
    assert KEY not in json.dumps(ended.report) + ended.text
