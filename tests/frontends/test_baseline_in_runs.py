"""The baseline in runs: known failures do not make the run fail; stale, expired and unknown entries do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import Contract

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
FEW = ["request.type", "http.method.get"]
METHODS = ["-k", "http.method"]
EMBEDDED = b'{"data": [{"embedding": [0.5]}]}'


def accept_payloads_that_are_not_objects(response: Any) -> Any:
    return response if response.scope["sent"].startswith(b"{") else replace(response, status=200)


def accept_get_and_put(response: Any) -> Any:
    return (
        replace(response, status=200, body=EMBEDDED)
        if response.scope["method"] in ("GET", "PUT")
        else response
    )


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return tmp_path / "baseline.yaml"


def write(file: Path, **entries: Any) -> None:
    file.write_text(yaml.safe_dump({"format": 1, "known-failures": entries}), "utf-8")


def known(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))["known-failures"]


def test_a_known_failure_fails_no_run_and_makes_no_target_conformant(
    front_end: FrontEnd, alter: Alter, baseline: Path
) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = front_end(alter(accept_payloads_that_are_not_objects).url, baseline=baseline, only=FEW)
    assert ended.code == 0, ended.text
    row = ended.row("request.type")
    assert (row["verdict"], row["standing"], row["baseline"]) == ("fail", "known", "issue 12")
    assert row["reason"].endswith("; known failure: issue 12")
    assert row["evidence"], "a known failure still has evidence"
    assert ended.report["verdict"] == "nonconformant"


def test_a_known_failure_is_an_xfail(
    run_pytest: FrontEnd, alter: Alter, baseline: Path, contract: Contract
) -> None:
    write(baseline, **{"http.method.get": {"reason": "issue 12"}, "http.method.put": {"reason": "issue 13"}})
    ended = run_pytest(alter(accept_get_and_put).url, baseline=baseline, arguments=["-rx", *METHODS])
    assert ended.code == 0, ended.text
    assert f"5 passed, {len(contract.catalogue.applicable(())) - 8} deselected, 3 xfailed" in ended.text
    assert "known failure: issue 13" in ended.text


def test_an_unknown_failure_together_with_a_known_one_fails_the_run(
    run_pytest: FrontEnd, alter: Alter, baseline: Path
) -> None:
    write(baseline, **{"http.method.get": {"reason": "issue 12"}})
    ended = run_pytest(alter(accept_get_and_put).url, baseline=baseline, arguments=METHODS)
    assert ended.code == 1, ended.text
    assert "FAILED embeddings-conformance::http.method.put" in ended.text
    assert "FAILED embeddings-conformance::http.method.get" not in ended.text


def test_a_stale_entry_fails_the_run(run_command: FrontEnd, url: str, baseline: Path) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = run_command(url, baseline=baseline, only=FEW)
    assert ended.code == 1, ended.text
    assert ended.row("request.type")["standing"] == "bad"
    assert "stale baseline entry: it passes now; remove it (its reason: issue 12)" in ended.text
    assert "The run fails: 1 MUST has a stale baseline entry.\n" in ended.text


def test_an_expired_entry_fails_the_run_with_its_date(
    run_command: FrontEnd, alter: Alter, baseline: Path
) -> None:
    baseline.write_text(
        "format: 1\nknown-failures:\n  request.type: {reason: issue 12, expires: 2020-02-29}\n", "utf-8"
    )
    ended = run_command(alter(accept_payloads_that_are_not_objects).url, baseline=baseline, only=FEW)
    assert ended.code == 1, ended.text
    assert "the baseline entry expired on 2020-02-29" in ended.row("request.type")["reason"]


def test_an_entry_that_was_not_tested_is_not_stale(run_command: FrontEnd, url: str, baseline: Path) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = run_command(url, baseline=baseline, only=["http.method.*"])
    assert ended.code == 0, ended.text
    assert ended.row("request.type")["baseline"] == "issue 12"


def test_an_unknown_id_is_rejected_with_the_closest_one(
    run_command: FrontEnd, alter: Alter, baseline: Path
) -> None:
    target = alter()
    write(baseline, **{"http.metod.get": {"reason": "issue 12"}})
    ended = run_command(target.url, baseline=baseline)
    assert ended.code == 4, ended.text
    assert "there is no requirement 'http.metod.get'; did you mean http.method.get?" in ended.text
    assert not target.requests


def test_a_missing_baseline_is_a_usage_error(run_command: FrontEnd, url: str, baseline: Path) -> None:
    ended = run_command(url, baseline=baseline)
    assert ended.code == 4, ended.text
    assert str(baseline) in ended.text


def test_an_updated_baseline_makes_the_next_run_pass(
    front_end: FrontEnd, alter: Alter, baseline: Path
) -> None:
    target = alter(accept_payloads_that_are_not_objects)
    first = front_end(target.url, baseline=baseline, update_baseline=True, only=FEW)
    assert first.code == 1, first.text
    assert known(baseline) == {"request.type": {"reason": "not explained yet"}}
    assert f"Baseline: {baseline}" in first.text
    second = front_end(target.url, baseline=baseline, only=FEW)
    assert second.code == 0, second.text


def test_an_update_keeps_reasons_dates_and_entries_that_were_not_tested_and_removes_those_that_pass(
    run_pytest: FrontEnd, alter: Alter, baseline: Path
) -> None:
    baseline.write_text(
        "format: 1\nknown-failures:\n"
        "  http.method.get: {reason: issue 12, expires: 2999-01-31}\n"
        "  http.method.patch: {reason: fixed}\n"
        "  request.type: {reason: issue 13}\n",
        "utf-8",
    )
    run_pytest(alter(accept_get_and_put).url, baseline=baseline, update_baseline=True, arguments=METHODS)
    found = known(baseline)
    assert list(found) == ["request.type", "http.method.get", "http.method.put", "http.method.status"]
    assert found["request.type"] == {"reason": "issue 13"}
    assert found["http.method.get"]["reason"] == "issue 12"
    assert str(found["http.method.get"]["expires"]) == "2999-01-31"


def test_an_update_includes_failures_below_the_level(
    run_command: FrontEnd, alter: Alter, baseline: Path
) -> None:
    silent = alter(lambda response: replace(response, headers=[]))
    chosen = ["http.method.allow", "http.method.get"]
    run_command(silent.url, baseline=baseline, update_baseline=True, only=chosen)
    assert list(known(baseline)) == ["http.method.allow"]
    ended = run_command(silent.url, baseline=baseline, level="should", only=chosen)
    assert ended.code == 0, ended.text


def test_an_update_without_a_baseline_is_a_usage_error(front_end: FrontEnd, url: str) -> None:
    ended = front_end(url, update_baseline=True)
    assert ended.code == 4, ended.text
    assert "update-baseline: needs the option baseline, which names the file" in ended.text
