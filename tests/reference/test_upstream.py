"""The upstream that the suite plays: it takes what a gateway sends, records it, and answers as it is told."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from conformance import Contract
from conformance.reference import background_server
from conformance.reference.mock_upstream.recording import MOST, Misbehaviour, Reply, Window
from conformance.reference.mock_upstream.upstream import Upstream

CONTRACT = Contract.load()
PLAIN = {"input": "river", "model": "text-embedding-3-small"}


class Served:
    """An upstream, and a client of it."""

    def __init__(self, upstream: Upstream, client: httpx.Client, heard: list[str]) -> None:
        self.upstream, self.client, self.heard = upstream, client, heard

    def post(self, payload: Any = PLAIN, path: str = "/v1/embeddings", **how: Any) -> httpx.Response:
        return self.client.post(path, json=payload, **how)


@pytest.fixture
def served() -> Iterator[Served]:
    heard: list[str] = []
    upstream = Upstream(CONTRACT, "127.0.0.1:0", heard=heard.append)
    with (
        background_server(upstream, base_path="") as url,
        httpx.Client(base_url=url, trust_env=False, timeout=5) as client,
    ):
        yield Served(upstream, client, heard)


@pytest.mark.parametrize(
    "path", ["/v1/embeddings", "/embeddings", "/openai/deployments/small/embeddings?v=1"]
)
def test_it_answers_below_any_path_and_to_any_credential(served: Served, path: str) -> None:
    assert served.post(path=path).status_code == 200
    assert served.post(path=path, headers={"Authorization": "Bearer whatever"}).status_code == 200
    assert served.post(path="/v1/chat/completions").status_code == 404


def test_it_stays_as_strict_as_the_contract(served: Served) -> None:
    assert served.post().status_code == 200
    served.upstream.learning = False
    for wrong in ({**PLAIN, "user": None}, {**PLAIN, "unknown": 1}, {"input": "river"}):
        assert served.post(wrong).status_code == 400


def test_what_a_gateway_adds_to_the_first_request_is_its_own_matter(served: Served) -> None:
    own = {"user": None, "unknown": {"a": 1}}
    assert served.post({**PLAIN, **own}).status_code == 200
    served.upstream.learning = False
    assert served.post({**PLAIN, **own, "dimensions": 8, "unknown": 2}).status_code == 200
    assert served.post({**PLAIN, **own, "other": 2}).status_code == 400
    assert served.post({**PLAIN, "user": 7}).status_code == 400


def test_what_it_adds_to_a_request_of_a_window_is_learnt_as_well(served: Served) -> None:
    served.upstream.learning = False
    with Window(served.upstream):
        assert served.post({**PLAIN, "user": None}).status_code == 200
    assert served.post({**PLAIN, "user": None}).status_code == 200


def test_a_window_has_what_arrives_while_it_is_open(served: Served) -> None:
    served.post()
    with Window(served.upstream) as window:
        right = served.post(path="/a/embeddings?b=c", headers={"Authorization": "Bearer some-key-1"})
    served.post()
    (arrival,) = window.arrivals
    assert (arrival.path, arrival.payload, arrival.credentials()) == (
        "/a/embeddings?b=c",
        PLAIN,
        ["some-key-1"],
    )
    assert (arrival.status, arrival.answer) == (200, right.content)
    assert served.heard == ["some-key-1"]


def test_it_hears_of_no_credential_that_may_be_a_wrong_one(served: Served) -> None:
    for key in ("the-first-one", "another-one"):
        served.post(headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "no-credential"})
        served.upstream.learning = False
    assert served.heard == ["the-first-one"]


def test_it_watches_the_door_where_clients_give_its_credential() -> None:
    upstream = Upstream(CONTRACT, "127.0.0.1:0", passed=["given"])
    with background_server(upstream, base_path="") as url, httpx.Client(base_url=url) as client:
        served = Served(upstream, client, [])

        def status(**headers: str) -> int:
            return served.post(headers=headers).status_code

        assert status(Authorization="Bearer given") == 200
        upstream.learning = False
        assert (status(Authorization="Bearer wrong"), status(), status(Authorization="given")) == (
            401,
            401,
            401,
        )
        with Window(upstream):
            assert status(Authorization="Bearer the-gateways-own") == 200
        assert status(Authorization="bearer the-gateways-own") == 200


def test_a_window_that_opens_again_begins_anew(served: Served) -> None:
    window = Window(served.upstream)
    for _ in range(2):
        with window:
            served.post()
        assert len(window.arrivals) == 1


def test_a_window_records_no_more_than_it_can_hold(served: Served) -> None:
    with Window(served.upstream, Reply(500, b"{}")) as window:
        for _ in range(MOST + 5):
            served.post()
    assert len(window.arrivals) == MOST


def test_a_body_that_is_compressed_is_unpacked(served: Served) -> None:
    body = gzip.compress(json.dumps(PLAIN).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with Window(served.upstream) as window:
        assert served.client.post("/v1/embeddings", content=body, headers=headers).status_code == 200
    assert window.arrivals[0].payload == PLAIN


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"[1]", b""])
def test_what_is_no_object_arrives_as_an_empty_one(served: Served, body: bytes) -> None:
    with Window(served.upstream) as window:
        headers = {"Content-Type": "application/json"}
        assert served.client.post("/v1/embeddings", content=body, headers=headers).status_code == 400
    assert window.arrivals[0].payload == {}


def test_a_scripted_reply_comes_as_it_is_and_ends_with_the_window(served: Served) -> None:
    with Window(served.upstream, Reply(429, b"<html>", (("Retry-After", "2"),))):
        found = served.post()
    assert (found.status_code, found.content, found.headers["retry-after"]) == (429, b"<html>", "2")
    assert served.post().status_code == 200


def test_a_right_answer_may_be_rewritten(served: Served) -> None:
    with Window(served.upstream, lambda payload: {**payload, "model": "another"}):
        assert served.post().json()["model"] == "another"
        assert served.post({"input": []}).status_code == 400


def test_a_connection_is_dropped(served: Served) -> None:
    with Window(served.upstream, Misbehaviour.DROP), pytest.raises(httpx.RemoteProtocolError):
        served.post()
    assert served.post().status_code == 200


def test_silence_lasts_as_long_as_the_window(served: Served) -> None:
    begin = time.monotonic()
    with Window(served.upstream, Misbehaviour.HANG) as window:
        threading.Timer(0.4, lambda: setattr(window, "open", False)).start()
        with pytest.raises(httpx.RemoteProtocolError):
            served.post()
    assert time.monotonic() - begin >= 0.4


def test_a_large_answer_comes_whole(served: Served) -> None:
    found = served.post({**PLAIN, "input": [f"river {n}" for n in range(40)], "dimensions": 4})
    assert len(found.json()["data"]) == 40


def test_only_an_error_that_met_the_script_is_explained_by_it(served: Served) -> None:
    with Window(served.upstream, Reply(503, b"{}")) as window:
        assert not window.explains(503)
        served.post()
        assert window.explains(503)
        assert not window.explains(200)
    with Window(served.upstream) as right:
        served.post()
        assert not right.explains(503)
