"""The recorder, the guard and the comparison, with a client that needs no installation."""

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
from tests.clients.problems import failures
from tests.clients.processes import ClientRunner, ProcessResult
from tests.clients.recorder import Recorder
from tests.clients.samples import extract, load_settings
from tests.clients.servers import certificate, serving
from tests.clients.session import RecordedServer, Session

CONTRACT = Contract.load(profile="openai")
CLIENT = next(client for client in load_clients() if client.name == "openai-python-float")
PUBLIC = "embeddings.invalid"

CALLER = """
import json, os, ssl, sys, urllib.request
case = json.loads(sys.argv[1])
body = {"input": case["input"], "model": case["model"], **case["options"]}
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + case["credentials"]["Bearer"]}
request = urllib.request.Request(case["base_url"] + "/embeddings", json.dumps(body).encode(), headers)
response = json.load(urllib.request.urlopen(request))
print(json.dumps([item["embedding"] for item in response["data"]]))
"""


class StandardLibraryRunner(ClientRunner):
    """A runner whose client uses only the standard library."""

    def _python(self, environment: str, file: Path) -> list[str]:  # noqa: ARG002 - the signature of ClientRunner
        program = self.directory / "caller.py"
        program.write_text(CALLER, "utf-8")
        return [sys.executable, str(program)]

    def run_python(self, source: str) -> ProcessResult:
        """Run *source*."""
        return self._run([sys.executable, "-c", source])


@pytest.fixture
def runner(tmp_path: Path) -> StandardLibraryRunner:
    return StandardLibraryRunner(tmp_path, tmp_path, tmp_path / "authority.pem")


@pytest.fixture
def session(runner: StandardLibraryRunner) -> Iterator[Session]:
    credentials = default_credentials(CONTRACT)
    recorder = Recorder(create_app(CONTRACT, credentials))
    with serving(recorder) as address:
        place = RecordedServer(CONTRACT, credentials, recorder, address, f"http://{address}/v1")
        yield Session(runner, place, place, place, place, load_settings())


def test_correct_client_has_a_row_and_no_problems(session: Session) -> None:
    found = session.client(CLIENT)
    assert found.problems == []
    assert found.row is not None
    assert (found.row["input"], found.row["encoding_format"], found.row["decodes"]) == (
        "strings",
        "float",
        "floats",
    )
    assert found.row["authorization"] == "Bearer and a credential"


def test_client_with_wrong_credentials_has_problems(session: Session) -> None:
    wrong = replace(session.bearer, credentials={"Bearer": "another"})
    found = replace(session, bearer=wrong).client(CLIENT)
    assert found.row is None
    assert "expected 200, found 401 for POST /v1/embeddings" in found.problems


def test_detects_swapped_vectors(session: Session) -> None:
    async def swapped(scope: Any, receive: Any, send: Any) -> None:
        async def reordered(message: Any) -> None:
            if message["type"] == "http.response.body" and message["body"]:
                response = json.loads(message["body"])
                first, second = response["data"]
                first["embedding"], second["embedding"] = second["embedding"], first["embedding"]
                message = {**message, "body": json.dumps(response).encode()}
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
def test_blocks_and_records_connections_outside_loopback(
    runner: StandardLibraryRunner, source: str, escape: str
) -> None:
    result = runner.run_python(f"try:\n    {source}\nexcept OSError:\n    pass")
    assert (result.code, result.escapes) == (0, [escape])
    assert f"it tried to connect outside loopback: {escape}" in failures(result, [])


def test_redirects_a_public_host_to_loopback_over_tls(
    session: Session, runner: StandardLibraryRunner
) -> None:
    authority, tls = certificate(PUBLIC, runner.directory)
    place = session.bearer
    with serving(place.recorder, **tls) as address:
        redirected = StandardLibraryRunner(
            runner.directory, runner.vocabulary, authority, {f"{PUBLIC}:443": address}
        )
        public = replace(place, base_url=f"https://{PUBLIC}/v1")
        found = replace(session, runner=redirected, bearer=public).client(CLIENT)
    assert found.problems == []


def test_does_not_run_a_sample_whose_change_does_not_apply(session: Session) -> None:
    sample = next(one for one in extract(Contract.load()) if one.name == "javascript Default")
    (problem,) = session.sample(replace(sample, source="import { Portkey } from 'portkey-ai';")).problems
    assert "must occur once, but occurs 0 times" in problem


def test_processes_get_no_environment_of_the_caller(
    runner: StandardLibraryRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("OPENAI_API_KEY", "a-users-key")
    result = runner.run_python("import os; print(sorted(os.environ))")
    assert "PROXY" not in result.stdout
    assert "OPENAI" not in result.stdout


def test_texts_differ_in_length_and_are_not_only_ascii() -> None:
    texts: Sequence[str] = CLIENT.texts
    assert len({len(text.split()) for text in texts}) == len(texts)
    assert not "".join(texts).isascii()
    assert isinstance(CLIENT, Client)
