"""The recorder, the guard and the comparison around a client that needs no installation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract
from conformance.reference import create_app, default_credentials
from tests.clients.catalogue import Client, load_clients
from tests.clients.judging import failures
from tests.clients.processes import Bench, Ended
from tests.clients.recorder import Recorder
from tests.clients.samples import extract, load_surroundings
from tests.clients.servers import certificate, serving
from tests.clients.session import Place, Session

CONTRACT = Contract.load(profile="openai")
CLIENT = next(client for client in load_clients() if client.name == "openai-python-float")
PUBLIC = "embeddings.invalid"

CALLER = """
import json, os, ssl, sys, urllib.request
case = json.loads(sys.argv[1])
body = {"input": case["input"], "model": case["model"], **case["options"]}
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + case["credentials"]["Bearer"]}
request = urllib.request.Request(case["base_url"] + "/embeddings", json.dumps(body).encode(), headers)
answer = json.load(urllib.request.urlopen(request))
print(json.dumps([item["embedding"] for item in answer["data"]]))
"""


class Uninstalled(Bench):
    """A bench whose clients are programs of the standard library."""

    def _python(self, environment: str, file: Path) -> list[str]:  # noqa: ARG002 - as a Bench
        program = self.directory / "caller.py"
        program.write_text(CALLER, "utf-8")
        return [sys.executable, str(program)]

    def run_python(self, source: str) -> Ended:
        """Run *source*."""
        return self._run([sys.executable, "-c", source])


@pytest.fixture
def bench(tmp_path: Path) -> Uninstalled:
    return Uninstalled(tmp_path, tmp_path, tmp_path / "authority.pem")


@pytest.fixture
def session(bench: Uninstalled) -> Iterator[Session]:
    credentials = default_credentials(CONTRACT)
    recorder = Recorder(create_app(CONTRACT, credentials))
    with serving(recorder) as address:
        place = Place(CONTRACT, credentials, recorder, address, f"http://{address}/v1")
        yield Session(bench, place, place, place, place, load_surroundings())


def test_a_client_that_gets_right_vectors_has_no_problem_and_a_row(session: Session) -> None:
    found = session.client(CLIENT)
    assert found.problems == []
    assert found.row is not None
    assert (found.row["input"], found.row["encoding_format"], found.row["decodes"]) == (
        "strings",
        "float",
        "floats",
    )
    assert found.row["authorization"] == "Bearer and a credential"


def test_a_client_with_wrong_credentials_is_refused(session: Session) -> None:
    wrong = replace(session.bearer, credentials={"Bearer": "another"})
    found = replace(session, bearer=wrong).client(CLIENT)
    assert found.row is None
    assert "expected 200, found 401 for POST /v1/embeddings" in found.problems


def test_a_server_that_swaps_vectors_is_seen(session: Session) -> None:
    async def swapped(scope: Any, receive: Any, send: Any) -> None:
        async def reordered(message: Any) -> None:
            if message["type"] == "http.response.body" and message["body"]:
                answer = json.loads(message["body"])
                first, second = answer["data"]
                first["embedding"], second["embedding"] = second["embedding"], first["embedding"]
                message = {**message, "body": json.dumps(answer).encode()}
            elif message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name != b"content-length"]
                message = {**message, "headers": kept}
            await send(message)

        await create_app(CONTRACT)(scope, receive, reordered)

    recorder = Recorder(swapped)
    with serving(recorder) as address:
        place = replace(session.bearer, recorder=recorder, base_url=f"http://{address}/v1")
        (problem,) = replace(session, bearer=place).client(CLIENT).problems
    assert problem.startswith("embedding 0: expected the vector of its text")


@pytest.mark.parametrize(
    ("source", "escape"),
    [
        (
            "import socket; socket.create_connection(('telemetry.invalid', 443))",
            "socket.getaddrinfo telemetry.invalid",
        ),
        ("import socket; socket.socket().connect(('192.0.2.1', 443))", "socket.connect 192.0.2.1"),
        (
            "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            "socket.sendto 192.0.2.1",
        ),
    ],
)
def test_what_would_leave_loopback_fails_and_is_noted_even_if_swallowed(
    bench: Uninstalled, source: str, escape: str
) -> None:
    ended = bench.run_python(f"try:\n    {source}\nexcept OSError:\n    pass")
    assert (ended.code, ended.escapes) == (0, [escape])
    assert f"it tried to leave loopback: {escape}" in failures(ended, [])


def test_a_public_host_is_led_to_a_server_on_loopback_over_tls(session: Session, bench: Uninstalled) -> None:
    authority, tls = certificate(PUBLIC, bench.directory)
    place = session.bearer
    with serving(place.recorder, **tls) as address:
        led = Uninstalled(bench.directory, bench.vocabulary, authority, {f"{PUBLIC}:443": address})
        public = replace(place, base_url=f"https://{PUBLIC}/v1")
        found = replace(session, bench=led, bearer=public).client(CLIENT)
    assert found.problems == []


def test_a_sample_that_its_change_does_not_fit_any_more_is_wrong_and_is_not_run(session: Session) -> None:
    sample = next(one for one in extract(Contract.load()) if one.name == "javascript Default")
    (problem,) = session.sample(replace(sample, source="import { Portkey } from 'portkey-ai';")).problems
    assert "found it 0 times; did the contract change?" in problem


def test_nothing_of_the_callers_environment_is_handed_on(
    bench: Uninstalled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "somebody's")
    ended = bench.run_python("import os; print(sorted(os.environ))")
    assert "PROXY" not in ended.stdout
    assert "OPENAI" not in ended.stdout


def test_texts_of_all_clients_differ_in_length_and_are_more_than_ascii() -> None:
    texts: Sequence[str] = CLIENT.texts
    assert len({len(text.split()) for text in texts}) == len(texts)
    assert not "".join(texts).isascii()
    assert isinstance(CLIENT, Client)
