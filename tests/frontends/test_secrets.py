"""No credential in anything that is written, however it was given and however the run ends."""

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

Door = Callable[..., Any]
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


def repeat(said: Any) -> Any:
    """Say all that was sent back: in the answer's headers, in JSON and in plain text, also where excerpts are cut."""
    given = {name.decode(): value.decode() for name, value in said.scope["headers"]}
    told = {name: value for name, value in given.items() if name.startswith(("x-", "auth", "cookie"))}
    told |= {"query": said.scope["query_string"].decode()}
    echoes = [(f"x-echo-{name}".encode(), value.encode()) for name, value in told.items()]
    told |= {"body": said.scope["sent"][:2000].decode("utf-8", "replace")}
    if said.status == 200:
        (first, *_) = [*told.values(), "nothing"]
        answer = {"object": f"{'-' * 70}{first}", "model": [first], "data": [], "usage": told}
        return replace(said, headers=[*said.headers, *echoes], body=json.dumps(answer).encode())
    plain = "".join(f"{'-' * (150 - place)}{value}\n" for place, value in enumerate(told.values()))
    server = (b"server", plain.replace("\n", " ")[:160].strip().encode())
    headers, body = [*said.headers, *echoes, server], f"{plain}{json.dumps(told)}".encode()
    return replace(said, status=200, headers=headers, body=body)


def echoed(contract: Contract) -> ASGIApp:
    return create_app(contract, SECRETS)


@pytest.fixture
def strict(contract: Contract, serve: Serve) -> str:
    """The reference with these credentials."""
    return serve(echoed(contract))


@pytest.fixture
def talkative(alter: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, contract: Contract) -> str:
    """The same, saying back all that was sent."""
    target = alter(repeat)
    monkeypatch.setattr(target, "_app", echoed(contract))
    return str(target.url)


def leaks(text: str) -> Iterator[str]:
    """The secrets of which eight characters in a row, the first or the last ones, stand in *text*."""
    config = json.loads(SECRETS["Config"])["key"]
    secrets = [*(value for name, value in SECRETS.items() if name != "Config"), config, HEADERS["x-other"]]
    for secret in secrets:
        for spelled in {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}:
            if spelled[:8].lower() in text.lower() or spelled[-8:].lower() in text.lower():
                yield secret


def everything(folder: Path, text: str) -> str:
    """All that a run left behind: what it printed and what it wrote."""
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


@pytest.mark.parametrize("give", [given_literally, given_in_the_environment])
def test_a_run_that_passes_shows_none(
    door_of_pytest: Door,
    pytester: pytest.Pytester,
    strict: str,
    give: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["-vv", "-rA", "--junitxml=j.xml", *SOME]
    ended = door_of_pytest(strict, header=give(monkeypatch), arguments=arguments)
    assert ended.code == 0, ended.text
    assert not [*leaks(everything(pytester.path, ended.text) + json.dumps(ended.report))]


@pytest.mark.parametrize("give", [given_literally, given_in_the_environment])
def test_a_target_that_says_them_back_gets_none_into_the_reports(
    door_of_pytest: Door,
    pytester: pytest.Pytester,
    talkative: str,
    give: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    baseline = pytester.path / "baseline.yaml"
    ended = door_of_pytest(
        talkative,
        header=give(monkeypatch),
        level="should",
        baseline=baseline,
        update_baseline=True,
        arguments=["-vv", "-rA", "--junitxml=j.xml", *SOME],
    )
    assert ended.code == 1, ended.text
    assert yaml.safe_load(baseline.read_text("utf-8"))["known-failures"]
    assert ended.verdict("response.object.type") in ("fail", "pass")
    assert "[credential]" in ended.text
    assert not [*leaks(everything(pytester.path, ended.text) + json.dumps(ended.report))]


def test_the_command_shows_none_either(
    door_of_command: Door, talkative: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = door_of_command(talkative, header=given_literally(monkeypatch), max_requests=200)
    assert ended.code == 1, ended.text
    assert "[credential]" in ended.text
    assert not [*leaks(ended.text + json.dumps(ended.report))]


def test_a_configuration_file_keeps_them_too(
    door_of_command: Door, talkative: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ", ".join(json.dumps(line) for line in given_literally(monkeypatch))
    Path("embeddings-conformance.toml").write_text(f'url = "{talkative}"\nheader = [{lines}]\n', "utf-8")
    ended = door_of_command(header=[], max_requests=60)
    assert ended.code == 1, ended.text
    assert not [*leaks(ended.text + json.dumps(ended.report))]


def test_what_is_no_secret_is_shown(door_of_pytest: Door, talkative: str) -> None:
    lines = [f"{name}: {value}" for name, value in HEADERS.items() if "virtual" not in name]
    ended = door_of_pytest(talkative, header=lines, arguments=["-k", "http.media-type.other"])
    (item, *_) = ended.row("http.media-type.other")["evidence"]
    assert ["x-portkey-provider", "azure-openai"] in item["request"]["headers"]
    assert "-H 'x-portkey-provider: azure-openai'" in item["curl"]
    assert "azure-openai" in item["response"]["body"]


@pytest.mark.parametrize("flags", [[], ["-l", "--full-trace"]])
@pytest.mark.parametrize(
    "broken",
    [
        "conformance.checks.http.methods.first_embedding",
        "conformance.runner.background.BackgroundRun._settle",
        "conformance.pytest_plugin.session.prepare",
    ],
)
def test_a_crash_shows_none(
    door_of_pytest: Door, strict: str, monkeypatch: pytest.MonkeyPatch, broken: str, flags: list[str]
) -> None:
    shown = SECRETS["Portkey-Key"] if "prepare" not in broken else "nothing"

    def crash(*_given: object) -> NoReturn:
        raise RuntimeError(f"kaput near {shown}")

    monkeypatch.setattr(broken, crash)
    header = given_literally(monkeypatch)
    ended = door_of_pytest(strict, header=header, arguments=[*flags, "-k", "http.method.get"])
    assert ended.code == 3, ended.text
    assert "kaput" in ended.text
    assert not [*leaks(ended.text + json.dumps(ended.report))]
