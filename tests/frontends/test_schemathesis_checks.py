"""The checks for Schemathesis: they find nothing in a correct server, and each fault of another one."""

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


@pytest.fixture(autouse=True)
def no_responses_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the responses to other tests: the checks count them by port, and a port may be used again."""
    monkeypatch.setattr(ours, "uninformative_responses", {})


@pytest.fixture(scope="session")
def operation(contract: Contract) -> Any:
    return schemathesis.openapi.from_dict(dict(contract.document))[contract.path][contract.method.upper()]


@pytest.fixture(scope="session")
def of_one_alternative(contract: Contract, credentials: Mapping[str, str]) -> dict[str, str]:
    security = contract.security
    return dict(s.render(credentials[s.name]) for s in security.ordered(security.alternatives[0]))


@pytest.fixture
def send(operation: Any, of_one_alternative: dict[str, str], contract: Contract) -> Send:
    """Send a request. Returns the findings of our checks: messages by requirement id."""

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
    return lambda response: replace(response, status=status)


def with_payload(change: Callable[[Any], object]) -> Callable[[Any], Any]:
    """Change the payload of responses with 200."""

    def changed(response: Any) -> Any:
        if response.status != 200:
            return response
        payload = json.loads(response.body)
        change(payload)
        return replace(response, body=json.dumps(payload).encode())

    return changed


def test_finds_nothing_in_responses_of_a_correct_server(send: Send, url: str) -> None:
    assert send(url) == {}
    assert send(url, input=["river", "stone"], encoding_format="base64") == {}
    assert send(url, input=7) == {}
    assert send(url, headers={}) == {}


def test_an_accepted_invalid_request_fails_the_requirement_that_it_violates(send: Send, alter: Alter) -> None:
    target = alter(with_status(200))
    found = send(target.url, encoding_format="hex")
    assert list(found) == ["request.encoding_format.enum"]
    lines = found["request.encoding_format.enum"].splitlines()
    assert [line.split()[0] for line in lines] == ["Requirement", "Source", "Expected", "Actual"]
    assert "/encoding_format" in lines[2]
    assert lines[3].startswith("Actual       the server accepted it: 200")


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
def test_finds_a_response_with_a_wrong_status(
    send: Send, alter: Alter, status: int, input: Any, id: str
) -> None:
    assert list(send(alter(with_status(status)).url, input=input)) == [id]


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_ignores_statuses_that_depend_on_the_client_or_the_load(
    send: Send, alter: Alter, status: int
) -> None:
    assert send(alter(with_status(status)).url) == {}


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_fails_if_all_responses_are_uninformative(send: Send, alter: Alter, status: int) -> None:
    url = alter(with_status(status)).url
    found = [send(url) for _ in range(ours.MAX_UNINFORMATIVE + 1)]
    assert found[: ours.MAX_UNINFORMATIVE - 1] == [{}] * (ours.MAX_UNINFORMATIVE - 1)
    assert [list(one) for one in found[ours.MAX_UNINFORMATIVE - 1 :]] == [["nothing exercised"]] * 2
    assert "Check the credentials" in found[-1]["nothing exercised"]


def test_ignores_a_rate_limit_after_other_responses(send: Send, alter: Alter) -> None:
    statuses = iter([200, *[429] * 30])
    url = alter(lambda response: replace(response, status=next(statuses))).url
    assert [send(url) for _ in range(2 * ours.MAX_UNINFORMATIVE)] == [{}] * 2 * ours.MAX_UNINFORMATIVE


@pytest.mark.parametrize("input", ["\ufeff", [123456], "river " * 9000])
def test_ignores_requests_that_the_target_may_accept_or_reject(send: Send, alter: Alter, input: Any) -> None:
    assert send(alter(with_status(400)).url, input=input) == {}


def test_another_model_may_be_rejected(send: Send, alter: Alter) -> None:
    assert send(alter(with_status(404)).url, model="another") == {}


@pytest.mark.parametrize(
    ("change", "sent", "ids"),
    [
        (lambda payload: payload["data"].pop(), {"input": ["river", "stone"]}, {"response.count"}),
        (lambda payload: payload["data"][0].update(index=1), {}, {"response.index"}),
        (lambda payload: payload.pop("model"), {}, {"response.model.required"}),
        (
            lambda payload: payload["data"][0].update(embedding=[0.5]),
            {"encoding_format": "base64"},
            {"response.encoding"},
        ),
        (lambda payload: payload["data"][0]["embedding"].pop(), {"dimensions": 4}, {"response.dimensions"}),
    ],
)
def test_finds_a_response_that_does_not_match_its_request(
    send: Send, alter: Alter, change: Callable[[Any], object], sent: dict[str, Any], ids: set[str]
) -> None:
    assert send(alter(with_payload(change)).url, **sent).keys() == ids


def test_each_unmet_requirement_is_a_separate_failure(send: Send, alter: Alter) -> None:
    def wrong(payload: Any) -> None:
        del payload["usage"], payload["model"]

    found = send(alter(with_payload(wrong)).url)
    assert found.keys() == {"response.usage.required", "response.model.required"}


def test_finds_an_accepted_request_without_credentials(
    send: Send, alter: Alter, of_one_alternative: dict[str, str]
) -> None:
    target = alter(with_status(200))
    without_key = {k: v for k, v in of_one_alternative.items() if k != "x-portkey-api-key"}
    assert "auth.reject.without-portkey-key" in send(target.url, headers=without_key)


def test_judges_only_acceptance_of_requests_with_generated_credentials(
    send: Send, alter: Alter, header: list[str]
) -> None:
    everything = dict(line.split(": ", 1) for line in header)
    assert send(alter(with_status(502)).url, headers=everything) == {}
    assert send(alter(with_status(200)).url, headers=everything, input=7)


def test_uses_the_configured_level(
    send: Send, alter: Alter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeat_a_name(response: Any) -> Any:
        return replace(
            response, body=response.body.replace(b'"object":"list"', b'"object":"list","object":"list"')
        )

    target = alter(repeat_a_name)
    assert send(target.url) == {}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "embeddings-conformance.toml").write_text('level = "should"\n', "utf-8")
    assert list(send(target.url)) == ["response.json.duplicate-key"]


def test_ignores_requests_with_another_media_type(
    send: Send, alter: Alter, of_one_alternative: dict[str, str]
) -> None:
    target = alter(with_status(200))
    assert send(target.url, headers={**of_one_alternative, "Content-Type": "text/plain"}) == {}


def test_sends_the_configured_model(
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


@pytest.mark.slow
def test_the_schemathesis_command_shows_unmet_requirements(command: Command, alter: Alter) -> None:
    target = alter(with_payload(lambda payload: payload["data"].clear()))
    completed = command(target.url, "--phases=examples")
    assert completed.returncode == 1, completed.stdout + completed.stderr
    assert "response.count" in completed.stdout
    assert "Requirement  " in completed.stdout


@pytest.mark.slow
def test_the_schemathesis_command_finds_nothing_in_a_correct_server(command: Command, url: str) -> None:
    completed = command(url, "--max-examples=100")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "No issues found" in completed.stdout
