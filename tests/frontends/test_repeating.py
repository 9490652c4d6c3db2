"""A report names its target, and holds the command that repeats its run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance import check
from conformance.cli.main import command_parser, main
from conformance.config.headers import headers_of
from conformance.config.options import OPTIONS
from conformance.config.settings import Configuration, configure
from conformance.contract import Contract
from conformance.report import Redactor
from conformance.runner.rerun_command import reproduction

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
SECRET = "sesame-secret-0123"
SMALL = {"only": ["http.chunked"], "examples": 5}


def repeated(known: Contract, /, **given: Any) -> str:
    """The command that repeats a run of these options."""
    configuration = configure(given, None)
    headers = headers_of(configuration)
    url = configuration.url or "http://testserver/v1"
    return reproduction(configuration, url, headers, Redactor(headers, known.security))


def read(command: str) -> Configuration:
    """The configuration that *command* asks for."""
    program, *words = shlex.split(command)
    assert program == "embeddings-conformance"
    given = command_parser(words).parse_args(words)
    return configure({option.key: getattr(given, option.key) for option in OPTIONS}, None)


def test_a_report_names_its_target_and_how_to_repeat_it(door: Door, url: str) -> None:
    report = door(url, name="Gate 'way 1.0", **SMALL).report
    assert report["target"]["name"] == "Gate 'way 1.0"
    assert report["reproduce"].startswith(f"embeddings-conformance run {url} --header ")
    repeated = read(report["reproduce"])
    assert (repeated.name, repeated.only, repeated.examples) == ("Gate 'way 1.0", ("http.chunked",), 5)


def test_a_report_without_a_name_says_so(door: Door, url: str) -> None:
    assert door(url, **SMALL).report["target"]["name"] is None


def test_the_name_stands_in_what_is_printed(door_of_command: Door, url: str) -> None:
    assert f"Gateway 1.0 ({url}): partial" in door_of_command(url, name="Gateway 1.0", **SMALL).text


def test_no_credential_stands_in_the_command(
    door: Door, url: str, header: list[str], credentials: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITS_KEY", credentials["Portkey-Key"])
    given = ["x-portkey-api-key: env:ITS_KEY", *header[1:]]
    command = door(url, header=given, **SMALL).report["reproduce"]
    words = shlex.split(command)
    assert "x-portkey-api-key: env:ITS_KEY" in words
    assert "x-portkey-virtual-key: env:X_PORTKEY_VIRTUAL_KEY" in words
    hidden = {"Portkey-Key", "Virtual-Key", "Provider-Auth", "Config"}
    assert [name for name in hidden if credentials[name] in command] == []


def test_what_it_says_gives_the_same_run_again(
    door_of_command: Door,
    url: str,
    contract: Contract,
    credentials: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = door_of_command(url, name="one", **SMALL).report
    for scheme in contract.security.schemes:
        name, value = scheme.render(credentials[scheme.name])
        monkeypatch.setenv(name.upper().replace("-", "_"), value)
    assert main([*shlex.split(first["reproduce"])[1:], "--json=again.json"]) == 0
    again = json.loads(Path("again.json").read_text("utf-8"))
    assert again["reproduce"] == first["reproduce"]
    verdicts = [[row["verdict"] for row in report["requirements"]] for report in (first, again)]
    assert verdicts[0] == verdicts[1]


def test_what_pytest_selects_is_named(door_of_pytest: Door, url: str) -> None:
    command = door_of_pytest(url, arguments=["-k", "http.chunked or auth.accept.config"], examples=5).report[
        "reproduce"
    ]
    assert read(command).only == ("auth.accept.config", "http.chunked")


def test_no_command_repeats_the_run_of_an_object(reference: Any, header: list[str]) -> None:
    report = check(
        reference, headers=dict(line.split(": ", 1) for line in header), name="mine", **SMALL
    ).as_dict()
    assert report["reproduce"] is None
    assert report["target"]["name"] == "mine"


def test_the_embedded_reference_is_not_named_by_its_port(door_of_command: Door) -> None:
    report = door_of_command(header=[], **SMALL).report
    assert report["reproduce"] == "embeddings-conformance run --only http.chunked --examples 5"


def test_options_at_their_default_and_files_of_reports_are_left_out(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "seed": 0,
        "profile": "portkey",
        "json": "a.json",
        "html": "b",
        "plan": True,
    }
    assert repeated(contract, **given) == "embeddings-conformance run http://127.0.0.1:9/v1"


VALUES = {
    "text": "it's",
    "path": "a b.pem",
    "seconds": 2.5,
    "count": 3,
    "rate": 0.5,
    "seed": 7,
    "list": ["a b", "c"],
    "name-or-path": "openai",
    "address": "127.0.0.1:9099",
}
"""A value off the default for each kind of option."""

NOT_REPEATED = {
    "url",
    "app",
    "header",
    "proxy",
    "update_baseline",
    "plan",
    "json",
    "html",
    "markdown",
    "badge",
    "junitxml",
}


@pytest.mark.parametrize("key", sorted({option.key for option in OPTIONS} - NOT_REPEATED))
def test_each_option_of_a_run_is_repeated(key: str, contract: Contract) -> None:
    (option,) = (option for option in OPTIONS if option.key == key)
    value = option.choices[-1] if option.choices else VALUES[option.kind]
    given = {"url": "http://127.0.0.1:9/v1", key: value}
    assert read(repeated(contract, **given)) == configure(given, None)


def test_a_proxy_is_named_without_its_password_and_a_url_as_it_may_be_shown(contract: Contract) -> None:
    given = {"url": "http://127.0.0.1:9/v1", "proxy": f"http://me:{SECRET}@127.0.0.1:3128"}
    command = repeated(contract, **given)
    assert SECRET not in command
    assert "--proxy 'http://***@127.0.0.1:3128'" in command


def test_a_credential_in_another_option_is_masked(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": [f"x-portkey-api-key: {SECRET}"],
        "name": f"of {SECRET}",
    }
    assert SECRET not in repeated(contract, **given)


def test_a_header_that_is_no_credential_stands_as_it_is(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": ["x-portkey-provider: openai", "Authorization: Bearer abcdefgh1"],
    }
    assert shlex.split(repeated(contract, **given))[3:] == [
        "--header",
        "x-portkey-provider: openai",
        "--header",
        "Authorization: env:AUTHORIZATION",
    ]
