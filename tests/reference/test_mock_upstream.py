"""The mock upstream: it accepts what a gateway sends, records it, and responds by a script."""

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
from conformance.reference.mock_upstream import (
    Compressed,
    Late,
    Misbehavior,
    MockUpstream,
    Recording,
    UpstreamRequest,
    UpstreamResponse,
)
from conformance.reference.mock_upstream.recording import MAX_ELSEWHERE, MAX_REQUESTS

CONTRACT = Contract.load()
PLAIN = {"input": "river", "model": "text-embedding-3-small"}


class Running:
    """A mock upstream, a client of it, and the credentials that it reported."""

    def __init__(self, upstream: MockUpstream, client: httpx.Client, reported: list[str]) -> None:
        self.upstream, self.client, self.reported = upstream, client, reported

    def post(self, payload: Any = PLAIN, path: str = "/v1/embeddings", **how: Any) -> httpx.Response:
        return self.client.post(path, json=payload, **how)


@pytest.fixture
def running() -> Iterator[Running]:
    reported: list[str] = []
    upstream = MockUpstream(CONTRACT, "127.0.0.1:0", on_credential=reported.append)
    with (
        background_server(upstream, base_path="") as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield Running(upstream, client, reported)


@pytest.mark.parametrize(
    "path", ["/v1/embeddings", "/embeddings", "/openai/deployments/small/embeddings?v=1"]
)
def test_any_base_path_and_any_credential_are_accepted(running: Running, path: str) -> None:
    assert running.post(path=path).status_code == 200
    assert running.post(path=path, headers={"Authorization": "Bearer whatever"}).status_code == 200
    assert running.post(path="/v1/chat/completions").status_code == 404


def test_it_is_as_strict_as_the_contract(running: Running) -> None:
    assert running.post().status_code == 200
    running.upstream.learning = False
    for wrong in ({**PLAIN, "user": None}, {**PLAIN, "unknown": 1}, {"input": "river"}):
        assert running.post(wrong).status_code == 400


def test_additions_of_the_gateway_in_the_first_request_are_accepted_later(running: Running) -> None:
    own = {"user": None, "unknown": {"a": 1}}
    assert running.post({**PLAIN, **own}).status_code == 200
    running.upstream.learning = False
    assert running.post({**PLAIN, **own, "dimensions": 8, "unknown": 2}).status_code == 200
    assert running.post({**PLAIN, **own, "other": 2}).status_code == 400
    assert running.post({**PLAIN, "user": 7}).status_code == 400


def test_additions_in_a_recorded_request_are_accepted_later(running: Running) -> None:
    running.upstream.learning = False
    with Recording(running.upstream):
        assert running.post({**PLAIN, "user": None}).status_code == 200
    assert running.post({**PLAIN, "user": None}).status_code == 200


def test_a_recording_has_the_requests_of_its_context(running: Running) -> None:
    running.post()
    with Recording(running.upstream) as recording:
        response = running.post(path="/a/embeddings?b=c", headers={"Authorization": "Bearer some-key-1"})
    running.post()
    (request,) = recording.requests
    assert (request.path, request.payload, request.credentials()) == (
        "/a/embeddings?b=c",
        PLAIN,
        ["some-key-1"],
    )
    assert (request.status, request.response) == (200, response.content)
    assert running.reported == ["some-key-1"]


def test_credentials_are_reported_only_while_requests_are_valid(running: Running) -> None:
    for key in ("the-first-one", "another-one"):
        running.post(headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "no-credential"})
        running.upstream.learning = False
    assert running.reported == ["the-first-one"]


def test_credentials_are_checked_if_clients_send_credentials_for_the_upstream() -> None:
    upstream = MockUpstream(CONTRACT, "127.0.0.1:0", credentials=["given"])
    with background_server(upstream, base_path="") as url, httpx.Client(base_url=url, timeout=60) as client:
        running = Running(upstream, client, [])

        def status(**headers: str) -> int:
            return running.post(headers=headers).status_code

        assert status(Authorization="Bearer given") == 200
        upstream.learning = False
        assert (status(Authorization="Bearer wrong"), status(), status(Authorization="given")) == (
            401,
            401,
            401,
        )
        with Recording(upstream):
            assert status(Authorization="Bearer the-gateways-own") == 200
        assert status(Authorization="bearer the-gateways-own") == 200


def test_a_recording_that_is_used_again_starts_empty(running: Running) -> None:
    recording = Recording(running.upstream)
    for _ in range(2):
        with recording:
            running.post()
        assert len(recording.requests) == 1


def test_a_recording_keeps_a_limited_number_of_requests(running: Running) -> None:
    with Recording(running.upstream, UpstreamResponse(500, b"{}")) as recording:
        for _ in range(MAX_REQUESTS + 5):
            running.post()
    assert len(recording.requests) == MAX_REQUESTS


def test_a_compressed_body_is_decompressed(running: Running) -> None:
    body = gzip.compress(json.dumps(PLAIN).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with Recording(running.upstream) as recording:
        assert running.client.post("/v1/embeddings", content=body, headers=headers).status_code == 200
    assert recording.requests[0].payload == PLAIN


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"[1]", b""])
def test_a_body_that_is_not_an_object_has_an_empty_payload(running: Running, body: bytes) -> None:
    with Recording(running.upstream) as recording:
        headers = {"Content-Type": "application/json"}
        assert running.client.post("/v1/embeddings", content=body, headers=headers).status_code == 400
    assert recording.requests[0].payload == {}


def test_a_scripted_response_is_sent_only_while_recording(running: Running) -> None:
    with Recording(running.upstream, UpstreamResponse(429, b"<html>", (("Retry-After", "2"),))):
        found = running.post()
    assert (found.status_code, found.content, found.headers["retry-after"]) == (429, b"<html>", "2")
    assert running.post().status_code == 200


def test_a_correct_response_can_be_rewritten(running: Running) -> None:
    with Recording(running.upstream, lambda payload: {**payload, "model": "another"}):
        assert running.post().json()["model"] == "another"
        assert running.post({"input": []}).status_code == 400


def test_a_script_can_drop_the_connection(running: Running) -> None:
    with Recording(running.upstream, Misbehavior.DROP), pytest.raises(httpx.RemoteProtocolError):
        running.post()
    assert running.post().status_code == 200


def test_a_hanging_response_ends_with_the_recording(running: Running) -> None:
    begin = time.monotonic()
    with Recording(running.upstream, Misbehavior.HANG) as recording:
        threading.Timer(0.4, lambda: setattr(recording, "active", False)).start()
        with pytest.raises(httpx.RemoteProtocolError):
            running.post()
    assert time.monotonic() - begin >= 0.4


def test_a_large_response_is_complete(running: Running) -> None:
    found = running.post({**PLAIN, "input": [f"river {n}" for n in range(40)], "dimensions": 4})
    assert len(found.json()["data"]) == 40


def test_a_script_explains_only_errors_of_recorded_requests(running: Running) -> None:
    with Recording(running.upstream, UpstreamResponse(503, b"{}")) as recording:
        assert not recording.explains(503)
        running.post()
        assert recording.explains(503)
        assert not recording.explains(200)
    with Recording(running.upstream) as correct:
        running.post()
        assert not correct.explains(503)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("br, GZIP ; q=1", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, identity", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_acceptable_only_as_the_request_says(accepted: str, expected: bool) -> None:
    assert UpstreamRequest("/", (("Accept-Encoding", accepted),), b"").accepts_gzip is expected
    assert not UpstreamRequest("/", (("X-Encoding", "gzip"),), b"").accepts_gzip


def test_responses_are_compressed_if_the_request_accepts_it(running: Running) -> None:
    failure = UpstreamResponse(400, b'{"error":{}}')
    for script, status in ((Compressed(), 200), (Compressed(failure), 400)):
        with Recording(running.upstream, script) as recording:
            response = running.post()
            plain = running.post(headers={"Accept-Encoding": "identity"})
        assert (response.status_code, plain.status_code) == (status, status)
        assert response.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert [request.compressed for request in recording.requests] == [True, False]
        assert json.loads(recording.requests[0].response) == response.json()
        assert recording.explains(400) is (status == 400)


def test_only_requests_with_the_text_are_late(running: Running) -> None:
    with Recording(running.upstream, Late("river", 0.3)):
        begin = time.monotonic()
        assert running.post().status_code == 200
        late = time.monotonic()
        assert running.post({**PLAIN, "input": "stone"}).status_code == 200
    assert late - begin >= 0.3


def test_requests_to_other_paths_are_recorded_by_method_and_path(running: Running) -> None:
    with Recording(running.upstream) as recording:
        running.client.get("/v1/models")
        for _ in range(2 * MAX_ELSEWHERE):
            running.post(path="/v1/v1/embed?key=secret")
    assert recording.elsewhere == ["GET /v1/models", *["POST /v1/v1/embed"] * (MAX_ELSEWHERE - 1)]
    assert recording.requests == []
