"""Credentials: which are wanted, which were given, and that none is ever written or printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.discovery.conftest import Command
from tests.discovery.servers import Served, always, correct, given

Discover = Callable[..., Any]
Place = Callable[..., str]


@pytest.mark.parametrize("status", [401, 403])
def test_wanting_credentials_is_said_with_the_status(status: int, command: Command, place: Place) -> None:
    ended = command("discover", place(always(status)))
    assert ended.code == 4
    assert f"{status} (no)" in ended.text
    assert "give them with --header" in ended.text
    assert not ended.file.exists()


def test_refused_headers_are_not_wanted_again(command: Command, place: Place) -> None:
    ended = command(
        "discover", place(correct("openai")), "--header", "Authorization: Bearer not-the-right-one"
    )
    assert ended.code == 4
    assert "it does not take the headers that were given" in ended.text
    assert "not-the-right-one" not in ended.text


def test_a_header_that_no_profile_knows_is_sent_along(command: Command, place: Place) -> None:
    async def serve(call: Any) -> Any:
        return await (correct("open") if call.header("x-key") == "river-stone-8" else always(401))(call)

    ended = command("discover", place(serve), "--header", "X-Key: river-stone-8")
    assert ended.configuration.profile == "open"
    assert "No shipped profile knows X-Key" in " ".join(ended.written.replace("#", "").split())


def test_a_door_that_is_open_to_all_is_said(discover: Discover) -> None:
    served = Served("", correct("open"), header=("Authorization: Bearer river-stone-8",))
    ended = discover(served)
    assert ended.configuration.profile == "open"
    assert "if it ought to ask for them" in ended.text


def test_a_named_profile_is_kept(discover: Discover) -> None:
    served = Served("", correct("open"), header=("Authorization: Bearer river-stone-8",))
    ended = discover(served, "--profile", "openai")
    assert ended.configuration.profile == "openai"
    assert "a wrong credential is answered with 200 too" in ended.written


def test_a_named_profile_wants_its_headers(discover: Discover) -> None:
    ended = discover(Served.of(""), "--profile", "openai")
    assert ended.code == 4
    assert "the contract asks for credentials" in ended.text


def test_a_literal_credential_becomes_a_variable(command: Command, place: Place) -> None:
    (line,) = given("openai")
    ended = command("discover", place(correct("openai")), "--header", line)
    assert ended.configuration.header == ("Authorization: env:AUTHORIZATION",)
    assert "Export AUTHORIZATION before a run" in ended.text
    assert line.split()[-1] not in ended.written + ended.text


def test_a_variable_keeps_its_name(command: Command, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = given("openai")
    monkeypatch.setenv("RIVER", line.split()[-1])
    ended = command("discover", place(correct("openai")), "--header", "Authorization: Bearer env:RIVER")
    assert ended.configuration.header == ("Authorization: Bearer env:RIVER",)
    assert "Export" not in ended.text


def test_a_header_that_is_no_secret_is_written_as_it_is(command: Command, place: Place) -> None:
    lines = given("portkey-oss", "Provider-Auth", "Provider-Name")
    ended = command(
        "discover", place(correct("portkey-oss")), *(w for line in lines for w in ("--header", line))
    )
    assert "x-portkey-provider: openai" in ended.configuration.header


def test_a_credential_that_the_target_repeats_is_masked(command: Command, place: Place) -> None:
    (line,) = given("openai")
    secret = line.split()[-1]

    async def serve(call: Any) -> Any:
        payload = call.payload()
        refused = isinstance(payload, dict) and "dimensions" in payload
        return await (always(400, f"no dimensions for {secret}") if refused else correct("openai"))(call)

    ended = command("discover", place(serve), "--header", line)
    assert "no dimensions for [credential]" in ended.written
    assert secret not in ended.written + ended.text


def test_a_key_in_the_url_is_not_written(command: Command, place: Place) -> None:
    ended = command("discover", place(correct("open")) + "?key=river-stone-8")
    assert ended.code == 0, ended.text
    assert "river-stone-8" not in ended.written + ended.text
    assert ended.configuration.url is None
    assert "Next: embeddings-conformance run URL" in ended.text


def test_the_version_in_the_url_is_written(command: Command, place: Place) -> None:
    url = place(correct("open")) + "?api-version=2024-10-21"
    assert command("discover", url).configuration.url == url
