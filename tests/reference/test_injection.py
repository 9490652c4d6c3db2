from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.reference import ConnectionDropped, UnknownInjection, background_server, inject
from conformance.reference.faults import Fault, Schedule

Send = Callable[..., httpx.Response]
BODY = {"model": "text-embedding-3-small", "input": "hello", "dimensions": 2}


@contextmanager
def client_of(app: ASGIApp, headers: dict[str, str]) -> Iterator[httpx.Client]:
    """A client whose requests for ``/embeddings`` go to *app* over HTTP."""
    with (
        background_server(app) as base_url,
        httpx.Client(base_url=base_url, headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [("429:100%", 429, "3"), ("503:100%", 503, "3"), ("500:100%", 500, None), ("404:100%", 404, None)],
)
def test_an_injected_status_is_an_error_in_the_usual_shape_that_says_that_it_is_injected(
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


def test_an_answer_that_is_not_injected_is_the_applications_own(send: Send, app: ASGIApp) -> None:
    injected = send(BODY, to=inject(app, latency="0.01", fail=["429:0%"]))
    assert injected.content == send(BODY).content
    assert injected.headers == send(BODY).headers


def test_requests_are_counted_in_the_order_of_arrival(send: Send, app: ASGIApp) -> None:
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


def test_a_failure_comes_before_credentials_are_looked_at(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, fail=["429:first-1"])
    assert [send(BODY, to=unreliable, headers={}).status_code for _ in range(2)] == [429, 401]


def test_latency_delays_each_answer_by_its_seconds(send: Send, app: ASGIApp) -> None:
    started = time.monotonic()
    assert send(BODY, to=inject(app, latency="0.2")).status_code == 200
    assert send(BODY, to=inject(app, latency="0.2-0.4", fail=["500:100%"])).status_code == 500
    assert 0.4 <= time.monotonic() - started < 2


def test_late_answers_are_late_side_by_side(app: ASGIApp, headers: dict[str, str]) -> None:
    async def exchange() -> None:
        transport = httpx.ASGITransport(inject(app, latency="0.3"))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            await asyncio.gather(*(client.post("/v1/embeddings", json=BODY) for _ in range(10)))

    started = time.monotonic()
    asyncio.run(exchange())
    assert time.monotonic() - started < 2


def test_latency_does_not_change_what_fails(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, latency="0-0.01", fail=["429:50%"], seed=3)
    schedule = Schedule([Fault.parse("429:50%")], seed=3)
    expected = [200 if schedule.next() is None else 429 for _ in range(12)]
    assert set(expected) == {200, 429}
    assert [send(BODY, to=unreliable).status_code for _ in range(12)] == expected


def test_a_dropped_connection_closes_without_a_byte_and_the_next_request_is_served(
    app: ASGIApp, headers: dict[str, str], contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(inject(app, fail=["drop:every-2"]), headers) as client:
        for _ in range(3):
            assert client.post(contract.path, json=BODY).status_code == 200
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                client.post(contract.path, json=BODY)
    assert not caplog.records


def test_in_process_a_dropped_connection_is_an_exception(send: Send, app: ASGIApp) -> None:
    with pytest.raises(ConnectionDropped):
        send(BODY, to=inject(app, fail=["drop:100%"]))


def test_an_answer_that_hangs_never_comes_and_holds_nobody_up(
    app: ASGIApp, headers: dict[str, str], contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(inject(app, fail=["hang:first-1"]), headers) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(contract.path, json=BODY, timeout=0.5)
        assert client.post(contract.path, json=BODY).status_code == 200
    assert not caplog.records


def test_a_retry_after_below_zero_is_refused(app: ASGIApp) -> None:
    with pytest.raises(UnknownInjection, match="retry-after: expected whole seconds"):
        inject(app, retry_after=-1)
