"""The command ``serve``: its options for the server itself."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.cli.commands import serve as command
from conformance.cli.main import main
from conformance.reference import MAX_CONNECTIONS, ConnectionLimits

Send = Callable[..., httpx.Response]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[ConnectionLimits]:
    """The limits of each server that the command starts; none serves."""
    found: list[ConnectionLimits] = []

    def served(_app: ASGIApp, _host: str, _port: int, *, limits: ConnectionLimits) -> int:
        found.append(limits)
        return 0

    monkeypatch.setattr(command, "serve", served)
    return found


@pytest.mark.parametrize(("options", "number"), [([], MAX_CONNECTIONS), (["--max-connections", "7"], 7)])
def test_the_number_of_connections_is_limited(
    limits: list[ConnectionLimits], options: list[str], number: int
) -> None:
    assert main(["serve", "--port", "0", *options]) == 0
    assert limits == [ConnectionLimits(connections=number)]


def test_a_server_needs_a_connection(
    limits: list[ConnectionLimits], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port", "0", "--max-connections", "0"]) == 4
    assert "max-connections: must be at least 1" in capsys.readouterr().err
    assert not limits


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> list[ASGIApp]:
    """The application of each server that the command starts; none serves."""
    found: list[ASGIApp] = []

    def served(app: ASGIApp, _host: str, _port: int, **_limits: object) -> int:
        found.append(app)
        return 0

    monkeypatch.setattr(command, "serve", served)
    return found


def test_requests_are_printed_if_wanted(
    apps: list[ASGIApp], send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port=0", "--access-log"]) == main(["serve", "--port=0"]) == 0
    capsys.readouterr()
    for app in apps:
        send({}, to=app)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("POST /v1/embeddings 400 ")


def test_models_and_tolerance_are_options(
    apps: list[ASGIApp], send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port=0", "--model=mine", "--model=other"]) == 0
    assert "--model=mine \\\n" in capsys.readouterr().out
    assert main(["serve", "--port=0", "--lenient"]) == 0
    body = {"model": "mine", "input": "river", "unknown": 1}
    assert [send(body, to=app).status_code for app in apps] == [400, 200]
    named = [{"model": name, "input": "river"} for name in ("mine", "third")]
    assert [[send(one, to=app).status_code for one in named] for app in apps] == [[200, 404], [200, 200]]


def test_wrong_data_is_an_option(apps: list[ASGIApp], send: Send) -> None:
    assert main(["serve", "--port=0", "--fail=missing-usage", "--tokenizer=bytes"]) == 0
    assert "usage" not in send({"model": "text-embedding-3-small", "input": "river"}, to=apps[0]).json()


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("mising-usage", "did you mean missing-usage"),
        ("truncated", "or a kind of wrong data: missing-vector, shuffled, "),
        ("nan:10", "WHEN is a share"),
    ],
)
def test_an_unknown_fault_is_a_usage_error(
    apps: list[ASGIApp], fault: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--port=0", f"--fail={fault}"]) == 4
    assert problem in capsys.readouterr().err
    assert not apps
