"""The checks for Schemathesis: silent about a correct server, and exact about a wrong one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.core.failures import FailureGroup

from conformance import schemathesis_checks as ours
from conformance.contract import Contract

CHECKS = [ours.embeddings_credentials, ours.embeddings_request, ours.embeddings_response]

Alter = Callable[..., Any]
Send = Callable[..., dict[str, str]]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def operation(contract: Contract) -> Any:
    return schemathesis.openapi.from_dict(dict(contract.document))[contract.path][contract.method.upper()]


@pytest.fixture(scope="session")
def of_one_alternative(contract: Contract, credentials: Mapping[str, str]) -> dict[str, str]:
    security = contract.security
    return dict(s.render(credentials[s.name]) for s in security.ordered(security.alternatives[0]))


@pytest.fixture
def send(operation: Any, of_one_alternative: dict[str, str], contract: Contract) -> Send:
    """Send a request, and give what our checks find: messages by requirement id."""

    def sent(url: str, headers: Mapping[str, str] = of_one_alternative, **properties: Any) -> dict[str, str]:
        body = {"model": contract.example_model, "input": "river"} | properties
        case = operation.Case(body=body, headers=dict(headers), media_type="application/json")
        try:
            case.call_and_validate(base_url=url, checks=CHECKS)
        except FailureGroup as group:
            return {failure.title: failure.message for failure in group.exceptions}
        return {}

    return sent


def with_status(status: int) -> Callable[[Any], Any]:
    return lambda said: replace(said, status=status)


def with_payload(change: Callable[[Any], object]) -> Callable[[Any], Any]:
    """Change the answers of 200."""

    def changed(said: Any) -> Any:
        if said.status != 200:
            return said
        payload = json.loads(said.body)
        change(payload)
        return replace(said, body=json.dumps(payload).encode())

    return changed


def test_a_correct_server_is_served_in_silence(send: Send, url: str) -> None:
    assert send(url) == {}
    assert send(url, input=["river", "stone"], encoding_format="base64") == {}
    assert send(url, input=7) == {}
    assert send(url, headers={}) == {}


def test_an_invalid_request_that_is_accepted_is_named_by_what_it_violates(send: Send, alter: Alter) -> None:
    target = alter(with_status(200))
    found = send(target.url, encoding_format="hex")
    assert list(found) == ["request.encoding_format.enum"]
    lines = found["request.encoding_format.enum"].splitlines()
    assert [line.split()[0] for line in lines] == ["Requirement", "Source", "Expected", "Actual"]
    assert "/encoding_format" in lines[2]
    assert lines[3].startswith("Actual       accepted: 200")


@pytest.mark.parametrize(
    ("status", "input", "id"),
    [
        (500, "river", "property.schemathesis"),
        (400, "river", "property.schemathesis"),
        (204, "river", "property.schemathesis"),
        (500, [], "request.input.strings.min-items"),
        (302, "", "request.input.string.min-length"),
    ],
)
def test_an_answer_of_a_wrong_class_is_found(
    send: Send, alter: Alter, status: int, input: Any, id: str
) -> None:
    assert list(send(alter(with_status(status)).url, input=input)) == [id]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_what_speaks_of_who_asks_or_of_the_load_is_left_alone(send: Send, alter: Alter, status: int) -> None:
    assert send(alter(with_status(status)).url) == {}


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_target_that_never_answers_otherwise_is_no_success(send: Send, alter: Alter, status: int) -> None:
    url = alter(with_status(status)).url
    found = [send(url) for _ in range(ours.ENOUGH + 1)]
    assert found[: ours.ENOUGH - 1] == [{}] * (ours.ENOUGH - 1)
    assert [list(one) for one in found[ours.ENOUGH - 1 :]] == [["nothing exercised"]] * 2
    assert "Are the credentials right" in found[-1]["nothing exercised"]


def test_a_target_that_limits_the_rate_later_on_is_left_alone(send: Send, alter: Alter) -> None:
    answers = iter([200, *[429] * 30])
    url = alter(lambda said: replace(said, status=next(answers))).url
    assert [send(url) for _ in range(2 * ours.ENOUGH)] == [{}] * 2 * ours.ENOUGH


@pytest.mark.parametrize("input", ["\ufeff", [123456], "river " * 9000])
def test_what_the_target_may_decide_is_left_alone(send: Send, alter: Alter, input: Any) -> None:
    assert send(alter(with_status(400)).url, input=input) == {}


def test_a_model_that_is_not_the_configured_one_may_be_refused(send: Send, alter: Alter) -> None:
    assert send(alter(with_status(404)).url, model="another") == {}


@pytest.mark.parametrize(
    ("change", "sent", "ids"),
    [
        (lambda answer: answer["data"].pop(), {"input": ["river", "stone"]}, {"response.count"}),
        (lambda answer: answer["data"][0].update(index=1), {}, {"response.index"}),
        (lambda answer: answer.pop("model"), {}, {"response.model.required"}),
        (
            lambda answer: answer["data"][0].update(embedding=[0.5]),
            {"encoding_format": "base64"},
            {"response.encoding"},
        ),
        (lambda answer: answer["data"][0]["embedding"].pop(), {"dimensions": 4}, {"response.dimensions"}),
    ],
)
def test_an_answer_that_does_not_fit_its_request_is_found(
    send: Send, alter: Alter, change: Callable[[Any], object], sent: dict[str, Any], ids: set[str]
) -> None:
    assert send(alter(with_payload(change)).url, **sent).keys() == ids


def test_each_unmet_requirement_is_a_failure_of_its_own(send: Send, alter: Alter) -> None:
    def wrong(answer: Any) -> None:
        del answer["usage"], answer["model"]

    found = send(alter(with_payload(wrong)).url)
    assert found.keys() == {"response.usage.required", "response.model.required"}


def test_a_request_without_credentials_that_is_served_is_found(
    send: Send, alter: Alter, of_one_alternative: dict[str, str]
) -> None:
    target = alter(with_status(200))
    without_key = {k: v for k, v in of_one_alternative.items() if k != "x-portkey-api-key"}
    assert "auth.reject.without-portkey-key" in send(target.url, headers=without_key)


def test_beside_credentials_that_schemathesis_made_up_only_a_wrong_acceptance_is_judged(
    send: Send, alter: Alter, header: list[str]
) -> None:
    everything = dict(line.split(": ", 1) for line in header)
    assert send(alter(with_status(502)).url, headers=everything) == {}
    assert send(alter(with_status(200)).url, headers=everything, input=7)


def test_the_level_of_the_projects_configuration_counts(
    send: Send, alter: Alter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeat_a_name(said: Any) -> Any:
        return replace(said, body=said.body.replace(b'"object":"list"', b'"object":"list","object":"list"'))

    target = alter(repeat_a_name)
    assert send(target.url) == {}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "embeddings-conformance.toml").write_text('level = "should"\n', "utf-8")
    assert list(send(target.url)) == ["response.json.duplicate-key"]


def test_what_is_sent_as_another_media_type_is_left_alone(
    send: Send, alter: Alter, of_one_alternative: dict[str, str]
) -> None:
    target = alter(with_status(200))
    assert send(target.url, headers={**of_one_alternative, "Content-Type": "text/plain"}) == {}


def test_the_model_of_the_projects_configuration_is_asked_for(
    send: Send, alter: Alter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = alter(with_status(404))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "embeddings-conformance.toml").write_text('model = "mine"\n', "utf-8")
    assert list(send(target.url, model="made up")) == ["property.schemathesis"]
    assert json.loads(target.requests[-1]["sent"])["model"] == "mine"


@pytest.fixture
def command(of_one_alternative: dict[str, str], contract: Contract) -> Command:
    """Run the command of Schemathesis with our checks alone."""

    def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        headers = [f"--header={name}: {value}" for name, value in of_one_alternative.items()]
        checks = ",".join(check.__name__ for check in CHECKS)
        place = [str(contract.file), f"--url={url}", f"--checks={checks}", "--seed=1"]
        return subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", *place, *headers, *arguments],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "conformance.schemathesis_checks"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_command_of_schemathesis_shows_what_is_unmet(command: Command, alter: Alter) -> None:
    target = alter(with_payload(lambda answer: answer["data"].clear()))
    ended = command(target.url, "--phases=examples")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "response.count" in ended.stdout
    assert "Requirement  " in ended.stdout


@pytest.mark.slow
def test_the_command_of_schemathesis_finds_nothing_in_a_correct_server(command: Command, url: str) -> None:
    ended = command(url, "--max-examples=100")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No issues found" in ended.stdout
