"""No output and no report contains a credential."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
import yaml
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.reference import create_app

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Serve = Callable[[ASGIApp], str]

SECRETS = {
    "Portkey-Key": 'pk/"quoted"\\back+slash-0192',
    "Virtual-Key": "virtual~key~with%signs",
    "Provider-Auth": "sk-proj-Ab/Cd0123456789==",
    "Config": '{"retry": 3, "key": "Inner/Key+98ab76cd54"}',
}
HEADERS = {
    "x-portkey-api-key": SECRETS["Portkey-Key"],
    "x-portkey-virtual-key": SECRETS["Virtual-Key"],
    "Authorization": f"Bearer {SECRETS['Provider-Auth']}",
    "x-portkey-provider": "azure-openai",
    "x-portkey-config": SECRETS["Config"],
    "x-portkey-custom-host": "https://custom-host.invalid/v1",
    "x-other": "another-secret-of-a-proxy",
}
SOME = ["-k", "auth or response.object or response.model or http or request.json.syntax"]


def repeat(response: Any) -> Any:
    """Repeat the whole request: in the headers of the response, in JSON, and in text where excerpts are cut."""
    given = {name.decode(): value.decode() for name, value in response.scope["headers"]}
    repeated = {name: value for name, value in given.items() if name.startswith(("x-", "auth", "cookie"))}
    repeated |= {"query": response.scope["query_string"].decode()}
    echoes = [(f"x-echo-{name}".encode(), value.encode()) for name, value in repeated.items()]
    repeated |= {"body": response.scope["sent"][:2000].decode("utf-8", "replace")}
    if response.status == 200:
        (first, *_) = [*repeated.values(), "nothing"]
        payload = {"object": f"{'-' * 70}{first}", "model": [first], "data": [], "usage": repeated}
        return replace(response, headers=[*response.headers, *echoes], body=json.dumps(payload).encode())
    plain = "".join(f"{'-' * (150 - place)}{value}\n" for place, value in enumerate(repeated.values()))
    server = (b"server", plain.replace("\n", " ")[:160].strip().encode())
    headers, body = [*response.headers, *echoes, server], f"{plain}{json.dumps(repeated)}".encode()
    return replace(response, status=200, headers=headers, body=body)


def reference_with_secrets(contract: Contract) -> ASGIApp:
    return create_app(contract, SECRETS)


@pytest.fixture
def strict(small: Contract, serve: Serve) -> str:
    """The reference of the small contract with these credentials."""
    return serve(reference_with_secrets(small))


@pytest.fixture
def repeating(alter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, small: Contract) -> str:
    """The same server, with responses that repeat the request."""
    target = alter(repeat)
    monkeypatch.setattr(target, "_app", reference_with_secrets(small))
    return str(target.url)


def leaks(text: str) -> Iterator[str]:
    """The secrets of which *text* contains the first or the last eight characters."""
    config = json.loads(SECRETS["Config"])["key"]
    secrets = [*(value for name, value in SECRETS.items() if name != "Config"), config, HEADERS["x-other"]]
    for secret in secrets:
        for spelled in {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}:
            if spelled[:8].lower() in text.lower() or spelled[-8:].lower() in text.lower():
                yield secret


def everything(folder: Path, text: str) -> str:
    """The output of a run, and its files."""
    files = [
        file for file in folder.rglob("*") if file.is_file() and file.suffix in (".json", ".xml", ".yaml")
    ]
    assert files
    return "\n".join([text, *(file.read_text("utf-8") for file in files)])


def given_literally(_monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return [f"{name}: {value}" for name, value in HEADERS.items()]


def given_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines = []
    for name, value in HEADERS.items():
        scheme, _, bare = value.rpartition(" ") if name == "Authorization" else ("", "", value)
        monkeypatch.setenv(f"TEST_{name.replace('-', '_')}", bare)
        lines.append(f"{name}: {scheme} env:TEST_{name.replace('-', '_')}")
    return lines


@pytest.mark.slow
@pytest.mark.parametrize(
    "give", [given_literally, pytest.param(given_in_the_environment, marks=pytest.mark.slow)]
)
def test_a_passing_run_shows_no_credential(
    run_pytest: FrontEnd,
    pytester: pytest.Pytester,
    strict: str,
    small: Contract,
    give: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["-vv", "-rA", "--junitxml=j.xml", *SOME]
    result = run_pytest(strict, header=give(monkeypatch), contract=small.file, arguments=arguments)
    assert result.code == 0, result.text
    assert not [*leaks(everything(pytester.path, result.text) + json.dumps(result.report))]


@pytest.mark.parametrize(
    "give", [pytest.param(given_literally, marks=pytest.mark.slow), given_in_the_environment]
)
def test_a_target_that_repeats_credentials_does_not_get_them_into_reports(
    run_pytest: FrontEnd,
    pytester: pytest.Pytester,
    repeating: str,
    small: Contract,
    give: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    baseline = pytester.path / "baseline.yaml"
    result = run_pytest(
        repeating,
        header=give(monkeypatch),
        contract=small.file,
        level="should",
        baseline=baseline,
        update_baseline=True,
        arguments=["-vv", "-rA", "--junitxml=j.xml", *SOME],
    )
    assert result.code == 1, result.text
    assert yaml.safe_load(baseline.read_text("utf-8"))["known-failures"]
    assert result.verdict("response.object.type") in ("fail", "pass")
    assert "[credential]" in result.text
    assert not [*leaks(everything(pytester.path, result.text) + json.dumps(result.report))]


def test_the_command_shows_no_credential(
    run_command: FrontEnd, repeating: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_command(repeating, header=given_literally(monkeypatch), max_requests=400)
    assert result.code == 1, result.text
    assert "[credential]" in result.text
    assert not [*leaks(result.text + json.dumps(result.report))]


def test_credentials_from_a_configuration_file_are_not_shown(
    run_command: FrontEnd, repeating: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ", ".join(json.dumps(line) for line in given_literally(monkeypatch))
    Path("embeddings-conformance.toml").write_text(f'url = "{repeating}"\nheader = [{lines}]\n', "utf-8")
    result = run_command(header=[], max_requests=60)
    assert result.code == 1, result.text
    assert not [*leaks(result.text + json.dumps(result.report))]


def test_shows_headers_that_are_not_secret(run_pytest: FrontEnd, repeating: str) -> None:
    lines = [f"{name}: {value}" for name, value in HEADERS.items() if "virtual" not in name]
    result = run_pytest(repeating, header=lines, arguments=["-k", "http.media-type.other"])
    (item, *_) = result.row("http.media-type.other")["evidence"]
    assert ["x-portkey-provider", "azure-openai"] in item["request"]["headers"]
    assert "-H 'x-portkey-provider: azure-openai'" in item["curl"]
    assert "azure-openai" in item["response"]["body"]


@pytest.mark.parametrize("flags", [pytest.param([], marks=pytest.mark.slow), ["-l", "--full-trace"]])
@pytest.mark.parametrize(
    "crashing",
    [
        "conformance.checks.http.methods.has_embedding",
        "conformance.runner.background._settle",
        "conformance.pytest_plugin.session.prepare_run",
    ],
)
def test_a_crash_shows_no_credential(
    run_pytest: FrontEnd, strict: str, monkeypatch: pytest.MonkeyPatch, crashing: str, flags: list[str]
) -> None:
    shown = SECRETS["Portkey-Key"] if "prepare" not in crashing else "nothing"

    def crash(*_given: object) -> NoReturn:
        raise RuntimeError(f"crash near {shown}")

    monkeypatch.setattr(crashing, crash)
    header = given_literally(monkeypatch)
    result = run_pytest(strict, header=header, arguments=[*flags, "-k", "http.method.get"])
    assert result.code == 3, result.text
    assert "crash" in result.text
    assert not [*leaks(result.text + json.dumps(result.report))]
