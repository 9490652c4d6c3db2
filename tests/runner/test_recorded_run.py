"""What a replay takes from a saved report: settings and failures, and nothing that a report must not choose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import Configuration
from conformance.errors import ConfigurationError
from conformance.runner.recorded_run import RecordedRun
from tests.report.documents import document, row

COMMAND = (
    "embeddings-conformance run http://127.0.0.1:8787/v1 --header 'x-portkey-api-key: env:KEY' --model 'my model'"
    " --limit batch=8 --limit input-tokens=512 --only 'auth.*' --seed 7 --parameter a=1 --parameter b=env:SECRET"
    " --proxy http://127.0.0.1:1 --baseline missing.yaml --level should"
)


def recorded(tmp_path: Path, *rows: dict[str, Any], **changes: Any) -> RecordedRun:
    file = tmp_path / "run.json"
    file.write_text(
        json.dumps(document(*(rows or [row("http.a")]), **{"reproduce": COMMAND, **changes})), "utf-8"
    )
    return RecordedRun.load(file)


def test_the_settings_of_the_run_are_taken(tmp_path: Path) -> None:
    found = recorded(tmp_path).configuration(Configuration(), ())
    assert (found.model, found.limit, found.seed) == ("my model", ("batch=8", "input-tokens=512"), 7)
    assert found.parameter == ("a=1",)


def test_a_given_setting_replaces_that_of_the_run(tmp_path: Path) -> None:
    given = Configuration(model="other", parameter=("a=2",))
    found = recorded(tmp_path).configuration(given, ["model"])
    assert (found.model, found.parameter, found.seed) == ("other", ("a=2",), 7)


def test_a_default_of_the_run_replaces_the_setting_of_a_file(tmp_path: Path) -> None:
    assert recorded(tmp_path).configuration(Configuration(examples=99), ()).examples == 36


def test_neither_the_selection_nor_the_outputs_are_taken(tmp_path: Path) -> None:
    given = Configuration(only=("http.*",), baseline=Path("b.yaml"), json=Path("run.json"))
    found = recorded(tmp_path).configuration(given, ())
    assert (found.only, found.baseline, found.level, found.json) == ((), None, "must", None)


def test_a_report_chooses_no_credential_no_file_and_no_proxy(tmp_path: Path) -> None:
    run = recorded(tmp_path)
    found = run.configuration(Configuration(), ())
    assert (found.header, found.proxy, found.url) == ((), None, None)
    assert run.withheld == [
        *("--header", "x-portkey-api-key: env:KEY"),
        *("--parameter", "b=env:SECRET"),
        *("--proxy", "http://127.0.0.1:1"),
    ]


def test_the_url_is_that_of_the_target(tmp_path: Path) -> None:
    assert recorded(tmp_path).url == "http://127.0.0.1:8787/v1"
    masked = {"url": "http://127.0.0.1:8787/v1?key=[credential]", "server_header": ""}
    assert recorded(tmp_path, target=masked).url is None


@pytest.mark.parametrize(
    ("command", "embedded"),
    [("run", True), ("run --seed 1", True), ("run --app a:b", False), ("run http://127.0.0.1:1/v1", False)],
)
def test_a_run_without_a_target_was_against_the_reference(
    command: str, embedded: bool, tmp_path: Path
) -> None:
    run = recorded(tmp_path, reproduce=f"embeddings-conformance {command}")
    assert run.is_embedded is embedded


def test_without_a_command_the_seed_and_the_profile_are_known(tmp_path: Path) -> None:
    run = recorded(tmp_path, reproduce=None, seed=5, profile="openai")
    found = run.configuration(Configuration(model="mine"), ())
    assert (found.seed, found.profile, found.model) == (5, "openai", "mine")


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf x",
        "embeddings-conformance run 'x",
        "embeddings-conformance run --evil 1",
        "embeddings-conformance run --seed",
    ],
)
def test_another_command_is_rejected(command: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"REPORT\.json: the command of its run"):
        recorded(tmp_path, reproduce=command)


ROWS = (
    row("http.a"),
    row("http.b", "fail"),
    row("auth.c", "fail"),
    row("state.d", "blocked", blocked_by="http.b"),
)


def test_failures_match_patterns_in_the_order_of_the_report(tmp_path: Path) -> None:
    run = recorded(tmp_path, *ROWS)
    assert [one["id"] for one in run.failures(["auth.*", "http.*"])] == ["http.b", "auth.c"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("http.a", "http.a did not fail (verdict pass); use one of the failed requirements: http.b, auth.c"),
        ("state.d", "state.d was blocked by http.b; use one of the failed requirements: http.b, auth.c"),
        (
            "http.x",
            "the report has no requirement 'http.x'; use one of the failed requirements: http.b, auth.c",
        ),
    ],
)
def test_what_did_not_fail_is_explained(pattern: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        recorded(tmp_path, *ROWS).failures([pattern])
    assert str(caught.value) == f"ID: {problem}"


def test_a_report_without_failures_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no requirement failed in this report"):
        recorded(tmp_path, row("http.a")).failures(["*"])
