from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.reference import ConnectionDropped, InvalidFault, background_server, inject
from conformance.reference.fault_schedule import Fault, Schedule
from tests.virtual_time import run_in_virtual_time

Send = Callable[..., httpx.Response]
BODY = {"model": "text-embedding-3-small", "input": "hello", "dimensions": 2}


@contextmanager
def client_of(app: ASGIApp, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """A client whose requests for ``/embeddings`` go to *app* over HTTP."""
    with (
        background_server(app) as base_url,
        httpx.Client(base_url=base_url, headers=headers, trust_env=False, timeout=60) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [("429:100%", 429, "3"), ("503:100%", 503, "3"), ("500:100%", 500, None), ("404:100%", 404, None)],
)
def test_an_injected_status_has_the_usual_error_format_and_is_marked(
    send: Send, app: ASGIApp, fault: str, status: int, retry_after: str | None
) -> None:
    response = send(BODY, to=inject(app, fail=[fault], retry_after=3))
    assert response.status_code == status
    assert response.headers["x-injected"] == fault
    assert response.headers.get("retry-after") == retry_after
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["code"] == "injected"
    assert error["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    assert fault in error["message"]


def test_other_responses_are_unchanged(send: Send, app: ASGIApp) -> None:
    injected = send(BODY, to=inject(app, latency="0.01", fail=["429:0%"]))
    assert injected.content == send(BODY).content
    assert injected.headers == send(BODY).headers


def test_requests_are_numbered_in_the_order_of_arrival(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, fail=["503:first-2", "429:every-4"])
    assert [send(BODY, to=unreliable).status_code for _ in range(8)] == [
        503,
        503,
        200,
        429,
        200,
        200,
        200,
        429,
    ]


def test_a_failure_comes_before_the_credentials_are_checked(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, fail=["429:first-1"])
    assert [send(BODY, to=unreliable, headers={}).status_code for _ in range(2)] == [429, 401]


def test_latency_delays_each_response(send: Send, app: ASGIApp) -> None:
    started = time.monotonic()
    assert send(BODY, to=inject(app, latency="0.2")).status_code == 200
    assert send(BODY, to=inject(app, latency="0.2-0.4", fail=["500:100%"])).status_code == 500
    assert time.monotonic() - started >= 0.4


def test_delays_are_concurrent(app: ASGIApp, headers: dict[str, str]) -> None:
    async def exchange() -> float:
        transport = httpx.ASGITransport(inject(app, latency="1"))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            await asyncio.gather(*(client.post("/v1/embeddings", json=BODY) for _ in range(10)))
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(exchange()) < 2


def test_latency_does_not_change_the_failures(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, latency="0-0.01", fail=["429:50%"], seed=3)
    schedule = Schedule([Fault.parse("429:50%")], seed=3)
    expected = [200 if schedule.next() is None else 429 for _ in range(12)]
    assert set(expected) == {200, 429}
    assert [send(BODY, to=unreliable).status_code for _ in range(12)] == expected


def test_a_dropped_connection_has_no_response_and_the_next_request_works(
    app: ASGIApp, headers: dict[str, str], contract: Contract, logged: Callable[[], list[str]]
) -> None:
    with client_of(inject(app, fail=["drop:every-2"]), headers) as client:
        for _ in range(3):
            assert client.post(contract.path, json=BODY).status_code == 200
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                client.post(contract.path, json=BODY)
    assert logged() == []


def test_in_process_a_dropped_connection_is_an_exception(send: Send, app: ASGIApp) -> None:
    with pytest.raises(ConnectionDropped):
        send(BODY, to=inject(app, fail=["drop:100%"]))


def test_a_hanging_response_never_comes_and_does_not_block_others(
    app: ASGIApp, headers: dict[str, str], contract: Contract, logged: Callable[[], list[str]]
) -> None:
    with client_of(inject(app, fail=["hang:first-1"]), headers) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(contract.path, json=BODY, timeout=0.5)
        assert client.post(contract.path, json=BODY).status_code == 200
    assert logged() == []


def test_a_negative_retry_after_is_rejected(app: ASGIApp) -> None:
    with pytest.raises(InvalidFault, match="retry-after '-1': write whole seconds"):
        inject(app, retry_after=-1)
