"""Credentials of another tenant, at each front end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from conformance import check
from conformance.cli.main import main
from conformance.contract import Contract
from conformance.reference import create_app
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server, application, server_of, with_faults
from tests.faulty_servers.tenants import accepts_second_tenant, other_value

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
ONLY = ["state.tenants", "auth.tenants"]


@pytest.fixture
def others(header: list[str]) -> list[str]:
    return [other_value(line) for line in header]


def secrets(lines: list[str]) -> list[str]:
    """The secret credentials in *lines*."""
    public = ("x-portkey-provider", "x-portkey-custom-host")
    return [line.partition(": ")[2].removeprefix("Bearer ") for line in lines if not line.startswith(public)]


@pytest.fixture
def tenants(serve: Callable[[ASGIApp], str], small: Contract) -> str:
    """The base URL of a server with two tenants."""
    return serve(application(with_faults(server_of(create_app(small)), accepts_second_tenant)))


def test_the_requirements_are_tested(
    front_end: FrontEnd, tenants: str, others: list[str], small: Contract
) -> None:
    ended = front_end(tenants, other_header=others, only=ONLY, contract=small.file)
    assert ended.code == 0, ended.text
    assert [ended.verdict(id) for id in ONLY] == ["pass", "pass"]
    assert ended.report["reproduce"].count("--other-header") == len(others)
    assert "--other-header 'x-portkey-api-key: env:OTHER_X_PORTKEY_API_KEY'" in ended.report["reproduce"]
    assert not [value for value in secrets(others) if value in ended.text + json.dumps(ended.report)]


def test_the_library_has_the_option_too(header: list[str], others: list[str], small: Contract) -> None:
    app = application(with_faults(server_of(create_app(small)), accepts_second_tenant))
    headers = dict(line.split(": ", 1) for line in header)
    report = check(app, headers=headers, other_header=others, only=("state.tenants",), contract=small.file)
    assert report.ok, str(report)


def test_no_output_contains_a_credential_of_the_other_tenant(
    run_command: FrontEnd, serve: Callable[[ASGIApp], str], small: Contract, others: list[str], tmp_path: Path
) -> None:
    async def repeats(request: Request, server: Server) -> Response:
        response = await server(request)
        own = [value for name, value in request.headers if name.startswith(b"x-portkey")]
        return response.with_payload({"seen": [value.decode() for value in own]})

    app = application(with_faults(server_of(create_app(small)), accepts_second_tenant, repeats))
    ended = run_command(
        serve(app), other_header=others, only=[*ONLY, "auth.echo"], contract=small.file, html="r.html"
    )
    assert ended.code == 1
    written = ended.text + json.dumps(ended.report) + (tmp_path / "r.html").read_text("utf-8")
    assert "[credential]" in written
    assert not [value for value in secrets(others) if value in written]


def test_a_command_can_print_the_other_credentials(
    run_command: FrontEnd, tenants: str, others: list[str], small: Contract, tmp_path: Path
) -> None:
    lines = []
    for number, line in enumerate(others):
        name, _, value = line.partition(": ")
        (tmp_path / f"{number}").write_text(value, "utf-8")
        lines.append(f"{name}: cmd:cat '{tmp_path}/{number}'")
    ended = run_command(tenants, other_header=lines, only=ONLY, contract=small.file)
    assert ended.code == 0, ended.text


def test_without_the_option_the_requirements_do_not_exist(front_end: FrontEnd, url: str) -> None:
    ended = front_end(url, only=["state.tenants"])
    assert ended.code == 4
    assert (
        "state.tenants is only tested if credentials of another tenant are given (option other-header)"
        in (" ".join(ended.text.split()))
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("secret", "other-header 1: must be 'Name: value'"),
        ("x-key: env:UNSET", "other-header x-key: the environment variable UNSET is not set"),
        ("x-key: cmd:false", "other-header x-key: its command ended with exit code 1"),
    ],
)
def test_errors_name_the_option(
    line: str, expected: str, run_command: FrontEnd, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNSET", raising=False)
    ended = run_command(url, other_header=[line])
    assert ended.code == 4
    assert expected in ended.text
    assert "secret" not in ended.text


def test_a_failure_can_be_replayed(
    serve: Callable[[ASGIApp], str], small: Contract, header: list[str], others: list[str], tmp_path: Path
) -> None:
    earlier: list[str] = []

    async def repeats(request: Request, server: Server) -> Response:
        response = await server(request)
        earlier.append(request.header("x-request-id") or "none")
        return response.with_header("x-seen", ",".join(earlier[-8:]))

    url = serve(application(with_faults(server_of(create_app(small)), accepts_second_tenant, repeats)))
    given = [word for line in header for word in ("--header", line)]
    given += [word for line in others for word in ("--other-header", line)]
    file = str(tmp_path / "run.json")
    options = ["--contract", str(small.file), "--only", "state.tenants", "--json", file]
    assert main(["run", url, *given, *options]) == 1
    assert main(["replay", file, "state.tenants", *given]) == 1
