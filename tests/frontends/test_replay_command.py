"""The command ``replay``: its targets, messages and exit codes. tests/mutants/test_replay.py has the failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from conformance.engine import Run
from conformance.runner.background import BackgroundRun
from tests.frontends.conftest import Alter, AlteredApp, AppResponse, FrontEnd

ID = "request.additional-properties"
STILL = f"{ID} (MUST, strictness): still fails, with the same result"
GONE = f"{ID} (MUST, strictness): does not fail any more"

Replay = Callable[..., tuple[int, str]]


def crashes(response: AppResponse) -> AppResponse:
    return replace(response, status=500) if response.status == 400 else response


@pytest.fixture
def faulty(alter: Alter) -> AlteredApp:
    return alter(crashes)


@pytest.fixture
def report(faulty: AlteredApp, run_command: FrontEnd, tmp_path: Path) -> Path:
    """The report of a run in which one requirement failed."""
    finished = run_command(faulty.url, only=[ID])
    assert finished.verdict(ID) == "fail"
    return save(finished.report, tmp_path)


def save(report: dict[str, Any], folder: Path) -> Path:
    file = folder / "saved.json"
    file.write_text(json.dumps(report), "utf-8")
    return file


@pytest.fixture
def replay(capsys: pytest.CaptureFixture[str], header: Sequence[str]) -> Replay:
    """Run the command with the credentials of the reference: returns exit code and output."""

    def run(*words: object, headers: Sequence[str] = header) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["replay", *map(str, words), *(f"--header={line}" for line in headers)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def test_sends_the_request_to_the_url_of_the_report(report: Path, replay: Replay, faulty: AlteredApp) -> None:
    faulty.requests.clear()
    code, text = replay(report, ID)
    assert code == 1
    assert STILL in text
    assert f"Target: {faulty.url}" in text
    assert f"Next: embeddings-conformance requirements {ID}" in text
    assert any(b"unknown_property" in scope["sent"] for scope in faulty.requests)


def test_sends_the_request_to_another_url(report: Path, replay: Replay, url: str, faulty: AlteredApp) -> None:
    faulty.requests.clear()
    code, text = replay(report, ID, url)
    assert (code, faulty.requests) == (0, [])
    assert GONE in text
    assert "Now          the server responded with 400" in text
    assert f"Next: embeddings-conformance run {url} --header" in text
    assert f"--failed {report}" in text


def test_sends_the_request_to_an_application(report: Path, replay: Replay, faulty: AlteredApp) -> None:
    faulty.requests.clear()
    code, text = replay(report, "request.*", "--app", "conformance.reference:create_app()")
    assert (code, faulty.requests) == (0, [])
    assert GONE in text


def test_a_run_without_a_target_is_replayed_against_the_reference(
    report: Path, replay: Replay, tmp_path: Path
) -> None:
    embedded = {**json.loads(report.read_text()), "reproduce": "embeddings-conformance run"}
    assert replay(save(embedded, tmp_path), ID, headers=())[0] == 0


def test_a_configuration_file_gives_the_credentials_and_selects_nothing(
    report: Path, replay: Replay, header: Sequence[str], tmp_path: Path
) -> None:
    settings = f"header = {json.dumps(header)}\nonly = ['auth.*']\njson = 'other.json'\n"
    (tmp_path / "embeddings-conformance.toml").write_text(settings, "utf-8")
    assert replay(report, ID, headers=())[0] == 1
    assert not (tmp_path / "other.json").exists()


def test_missing_credentials_are_named(report: Path, replay: Replay) -> None:
    code, text = replay(report, ID, headers=())
    assert code == 4
    assert "give them again if you need them: --header 'x-portkey-api-key: env:X_PORTKEY_API_KEY'" in text


def test_a_requirement_that_did_not_fail_is_an_error(report: Path, replay: Replay) -> None:
    code, text = replay(report, "http.chunked")
    assert code == 4
    assert f"http.chunked did not fail (verdict not-tested); use one of the failed requirements: {ID}" in text


def test_two_urls_are_an_error(report: Path, replay: Replay, url: str) -> None:
    assert replay(report, ID, url, url)[0] == 4


def test_an_application_is_not_started_because_of_a_report(
    report: Path, replay: Replay, tmp_path: Path
) -> None:
    document = json.loads(report.read_text())
    document |= {"reproduce": "embeddings-conformance run --app server:app"}
    document["target"] |= {"app": "server:app"}
    code, text = replay(save(document, tmp_path), ID)
    assert code == 4
    assert (
        "the run tested the application server:app; a report must not choose code to run, so give --app"
        in text
    )


def test_a_requirement_that_the_contract_does_not_have_cannot_be_judged(
    report: Path, replay: Replay, tmp_path: Path
) -> None:
    document = json.loads(report.read_text())
    (row,) = [row for row in document["requirements"] if row["id"] == ID]
    document["requirements"].append({**row, "id": "http.other"})
    code, text = replay(save(document, tmp_path), "http.other")
    assert code == 2
    assert "Because      the contract and the options have no such requirement now" in text


def test_an_interruption_ends_the_replay(
    report: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: BackgroundRun) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BackgroundRun, "wait", interrupt)
    assert replay(report, ID)[0] == 2


def test_an_internal_error_is_not_a_fault_of_the_target(
    report: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Run) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Run, "execute", broken)
    code, text = replay(report, ID)
    assert code == 3
    assert "internal error in the suite (not a fault of the target): RuntimeError: broken" in text
