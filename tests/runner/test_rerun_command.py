"""The command that repeats a run, from its configuration."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from conformance.cli.parser import command_parser
from conformance.config.declaration import Option
from conformance.config.headers import headers_of, other_headers_of
from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure
from conformance.config.values import (
    ADDRESS,
    COUNT,
    NAME_OR_PATH,
    PATH,
    RATE,
    SECONDS,
    SEED,
    TEXT,
    TEXTS,
)
from conformance.contract import Contract
from conformance.report import Redactor
from conformance.runner.rerun_command import rerun_command

SECRET = "sesame-secret-0123"


def rerun(known: Contract, /, **given: Any) -> str:
    """The command that repeats a run with these options."""
    configuration = configure(given, None)
    headers, others = headers_of(configuration), other_headers_of(configuration)
    url = configuration.url or "http://testserver/v1"
    redactor = Redactor([*headers, *others], known.security)
    return rerun_command(configuration, url, headers, redactor, others)


def parsed(command: str) -> Configuration:
    """The configuration of *command*."""
    program, *words = shlex.split(command)
    assert program == "embeddings-conformance"
    given = command_parser(words).parse_args(words)
    return configure({option.key: getattr(given, option.key) for option in OPTIONS}, None)


def test_the_command_has_no_defaults_and_no_report_files(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "seed": 0,
        "profile": "portkey",
        "json": "a.json",
        "html": "b",
        "plan": True,
    }
    assert rerun(contract, **given) == "embeddings-conformance run http://127.0.0.1:9/v1"


VALUES = {
    TEXT: "it's",
    PATH: "a b.pem",
    SECONDS: 2.5,
    COUNT: 3,
    RATE: 0.5,
    SEED: 7,
    TEXTS: ["a b", "c"],
    NAME_OR_PATH: "openai",
    ADDRESS: "127.0.0.1:9099",
}
"""A value for each kind of option that is not a default."""

SPECIAL = {"url", "app", "header", "other_header", "proxy"}


def value_of(option: Option) -> Any:
    chosen = {"level": "should", "fail_on": ["security", "billing"]}
    return chosen.get(option.key) or VALUES[option.kind]


@pytest.mark.parametrize(
    "option",
    [one for one in OPTIONS if not one.output_only and one.key not in SPECIAL],
    ids=lambda option: option.name,
)
def test_the_command_has_each_option_of_the_run(option: Option, contract: Contract) -> None:
    given = {"url": "http://127.0.0.1:9/v1", option.key: value_of(option)}
    assert parsed(rerun(contract, **given)) == configure(given, None)


def test_the_proxy_is_written_without_its_password(contract: Contract) -> None:
    given = {"url": "http://127.0.0.1:9/v1", "proxy": f"http://me:{SECRET}@127.0.0.1:3128"}
    command = rerun(contract, **given)
    assert SECRET not in command
    assert "--proxy 'http://***@127.0.0.1:3128'" in command


def test_a_credential_in_another_option_is_masked(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": [f"x-portkey-api-key: {SECRET}"],
        "name": f"of {SECRET}",
    }
    assert SECRET not in rerun(contract, **given)


def test_a_header_that_is_not_a_credential_is_written_with_its_value(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": ["x-portkey-provider: openai", "Authorization: Bearer abcdefgh1"],
    }
    assert shlex.split(rerun(contract, **given))[3:] == [
        "--header",
        "x-portkey-provider: openai",
        "--header",
        "Authorization: env:AUTHORIZATION",
    ]


def test_the_credentials_of_another_tenant_have_variables_of_their_own(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": [f"x-portkey-api-key: {SECRET}"],
        "other_header": [f"x-portkey-api-key: other-{SECRET}"],
    }
    assert shlex.split(rerun(contract, **given))[3:] == [
        "--header",
        "x-portkey-api-key: env:X_PORTKEY_API_KEY",
        "--other-header",
        "x-portkey-api-key: env:OTHER_X_PORTKEY_API_KEY",
    ]


def test_a_credential_from_a_command_is_written_as_a_variable(contract: Contract) -> None:
    given = {
        "url": "http://127.0.0.1:9/v1",
        "header": [f"Authorization: Bearer cmd:sh -c 'echo {SECRET} # a-second-secret'"],
    }
    assert shlex.split(rerun(contract, **given))[3:] == [
        "--header",
        "Authorization: Bearer env:AUTHORIZATION",
    ]
