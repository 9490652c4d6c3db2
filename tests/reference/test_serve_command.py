"""The command ``serve``: its options for the server itself."""

from __future__ import annotations

import pytest
from starlette.types import ASGIApp

from conformance.cli.commands import serve as command
from conformance.cli.main import main
from conformance.reference import MAX_CONNECTIONS, ConnectionLimits


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
