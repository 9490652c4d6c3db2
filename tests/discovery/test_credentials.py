"""Credentials: required and given ones. No credential is ever written or printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.discovery.conftest import Command
from tests.discovery.servers import ServerCase, always_failing, given, small

Discover = Callable[..., Any]
Start = Callable[..., str]


@pytest.mark.parametrize("status", [401, 403])
def test_reports_that_credentials_are_required(status: int, command: Command, start: Start) -> None:
    result = command("discover", start(always_failing(status)))
    assert result.code == 4
    assert f"{status} (no)" in result.text
    assert "give credentials with --header" in result.text
    assert not result.file.exists()


def test_reports_that_the_given_headers_are_rejected(command: Command, start: Start) -> None:
    result = command(
        "discover", start(small("openai")), "--header", "Authorization: Bearer not-the-right-one"
    )
    assert result.code == 4
    assert "the server rejects the given headers" in result.text
    assert "not-the-right-one" not in result.text


def test_keeps_a_header_that_no_profile_has(command: Command, start: Start) -> None:
    async def serve(call: Any) -> Any:
        return await (small("open") if call.header("x-key") == "river-stone-8" else always_failing(401))(call)

    result = command("discover", start(serve), "--header", "X-Key: river-stone-8")
    assert result.configuration.profile == "open"
    assert "No included profile has credentials in X-Key" in " ".join(
        result.file_text.replace("#", "").split()
    )


def test_reports_that_anonymous_requests_are_accepted(discover: Discover) -> None:
    server = ServerCase("", small("open"), header=("Authorization: Bearer river-stone-8",))
    result = discover(server)
    assert result.configuration.profile == "open"
    assert "If the server should require them, name a profile" in result.text


def test_keeps_the_given_profile(discover: Discover) -> None:
    server = ServerCase("", small("open"), header=("Authorization: Bearer river-stone-8",))
    result = discover(server, "--profile", "openai")
    assert result.configuration.profile == "openai"
    assert "a wrong credential returns 200 too" in result.file_text


def test_given_profile_needs_its_headers(discover: Discover) -> None:
    result = discover(ServerCase.of(""), "--profile", "openai")
    assert result.code == 4
    assert "the profile openai needs credentials (given: none)" in result.text
    assert "To let discover find the profile, omit --profile." in result.text
    assert "run: embeddings-conformance discover" not in result.text


def test_writes_a_variable_for_a_literal_credential(command: Command, start: Start) -> None:
    (line,) = given("openai")
    result = command("discover", start(small("openai")), "--header", line)
    assert result.configuration.header == ("Authorization: env:AUTHORIZATION",)
    assert "export AUTHORIZATION" in result.text
    assert line.split()[-1] not in result.file_text + result.text


def test_keeps_the_name_of_a_variable(
    command: Command, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = given("openai")
    monkeypatch.setenv("RIVER", line.split()[-1])
    result = command("discover", start(small("openai")), "--header", "Authorization: Bearer env:RIVER")
    assert result.configuration.header == ("Authorization: Bearer env:RIVER",)
    assert "export" not in result.text


def test_writes_a_header_that_is_not_secret(command: Command, start: Start) -> None:
    lines = given("portkey-oss", "Provider-Auth", "Provider-Name")
    result = command(
        "discover", start(small("portkey-oss")), *(word for line in lines for word in ("--header", line))
    )
    assert "x-portkey-provider: openai" in result.configuration.header
    assert "export X_PORTKEY_PROVIDER" not in result.text
    assert "export AUTHORIZATION" in result.text


def test_masks_a_credential_that_the_target_repeats(command: Command, start: Start) -> None:
    (line,) = given("openai")
    secret = line.split()[-1]

    async def serve(call: Any) -> Any:
        payload = call.payload()
        rejected = isinstance(payload, dict) and "dimensions" in payload
        return await (always_failing(400, f"no dimensions for {secret}") if rejected else small("openai"))(
            call
        )

    result = command("discover", start(serve), "--header", line)
    assert "no dimensions for [credential]" in result.file_text
    assert secret not in result.file_text + result.text


def test_does_not_write_a_key_in_the_url(command: Command, start: Start) -> None:
    result = command("discover", start(small("open")) + "?key=river-stone-8")
    assert result.code == 0, result.text
    assert "river-stone-8" not in result.file_text + result.text
    assert result.configuration.url is None
    assert "Next: embeddings-conformance run URL" in result.text


def test_writes_the_version_in_the_url(command: Command, start: Start) -> None:
    url = start(small("open")) + "?api-version=2024-10-21"
    assert command("discover", url).configuration.url == url


def _one_token(call: Any) -> Any:
    given_token = call.header("authorization") == "Bearer river-stone-8"
    return (small("open") if given_token else always_failing(401))(call)


def test_writes_the_command_that_prints_a_credential(command: Command, start: Start, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("river-stone-8\n", "utf-8")
    line = f"Authorization: Bearer cmd:cat '{tmp_path}/token'"
    result = command("discover", start(_one_token), "--header", line)
    assert "a command prints its value" in result.text
    assert "river-stone-8" not in result.text + result.file_text
    assert result.configuration.header == (line,)
    assert "export" not in result.text


def test_does_not_write_a_command_with_the_credential_in_it(command: Command, start: Start) -> None:
    line = "Authorization: Bearer cmd:echo river-stone-8"
    result = command("discover", start(_one_token), "--header", line)
    assert "river-stone-8" not in result.text + result.file_text
    assert result.configuration.header == ("Authorization: Bearer env:AUTHORIZATION",)
    assert "export AUTHORIZATION" in result.text
