"""A report contains the name of its target, and the command that repeats its run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.main import main
from conformance.cli.parser import command_parser
from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure
from conformance.contract import Contract

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
SMALL = {"only": ["http.chunked"], "examples": 5}


def parsed(command: str) -> Configuration:
    """The configuration of *command*."""
    program, *words = shlex.split(command)
    assert program == "embeddings-conformance"
    given = command_parser(words).parse_args(words)
    return configure({option.key: getattr(given, option.key) for option in OPTIONS}, None)


def test_a_report_contains_the_name_and_the_rerun_command(front_end: FrontEnd, url: str) -> None:
    report = front_end(url, name="Gate 'way 1.0", **SMALL).report
    assert report["target"]["name"] == "Gate 'way 1.0"
    assert report["reproduce"].startswith(f"embeddings-conformance run {url} --header ")
    repeated = parsed(report["reproduce"])
    assert (repeated.name, repeated.only, repeated.examples) == ("Gate 'way 1.0", ("http.chunked",), 5)


def test_the_name_is_null_if_it_is_not_given(front_end: FrontEnd, url: str) -> None:
    assert front_end(url, **SMALL).report["target"]["name"] is None


def test_the_name_is_printed(run_command: FrontEnd, url: str) -> None:
    assert f"Gateway 1.0 ({url}): partial" in run_command(url, name="Gateway 1.0", **SMALL).text


def test_the_rerun_command_contains_no_credential(
    front_end: FrontEnd,
    url: str,
    header: list[str],
    credentials: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ITS_KEY", credentials["Portkey-Key"])
    given = ["x-portkey-api-key: env:ITS_KEY", *header[1:]]
    command = front_end(url, header=given, **SMALL).report["reproduce"]
    words = shlex.split(command)
    assert "x-portkey-api-key: env:ITS_KEY" in words
    assert "x-portkey-virtual-key: env:X_PORTKEY_VIRTUAL_KEY" in words
    hidden = {"Portkey-Key", "Virtual-Key", "Provider-Auth", "Config"}
    assert [name for name in hidden if credentials[name] in command] == []


def test_the_rerun_command_repeats_the_run(
    run_command: FrontEnd,
    url: str,
    contract: Contract,
    credentials: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = run_command(url, name="one", **SMALL).report
    for scheme in contract.security.schemes:
        name, value = scheme.render(credentials[scheme.name])
        monkeypatch.setenv(name.upper().replace("-", "_"), value)
    assert main([*shlex.split(first["reproduce"])[1:], "--json=again.json"]) == 0
    again = json.loads(Path("again.json").read_text("utf-8"))
    assert again["reproduce"] == first["reproduce"]
    verdicts = [[row["verdict"] for row in report["requirements"]] for report in (first, again)]
    assert verdicts[0] == verdicts[1]


def test_the_rerun_command_has_the_selection_of_pytest(run_pytest: FrontEnd, url: str) -> None:
    command = run_pytest(url, arguments=["-k", "http.chunked or auth.accept.config"], examples=5).report[
        "reproduce"
    ]
    assert parsed(command).only == ("auth.accept.config", "http.chunked")


def test_a_run_of_an_application_object_has_no_rerun_command(reference: Any, header: list[str]) -> None:
    report = check(
        reference, headers=dict(line.split(": ", 1) for line in header), name="mine", **SMALL
    ).as_dict()
    assert report["reproduce"] is None
    assert report["target"]["name"] == "mine"


def test_the_rerun_command_for_the_reference_server_has_no_port(run_command: FrontEnd) -> None:
    report = run_command(header=[], **SMALL).report
    assert report["reproduce"] == "embeddings-conformance run --only http.chunked --examples 5"
