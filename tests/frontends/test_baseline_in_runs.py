"""The baseline at both doors: known failures pass, stale and expired entries and unknown ids do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import Contract

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
Alter = Callable[..., Any]
FEW = 40
METHODS = ["-k", "http.method"]
EMBEDDED = b'{"data": [{"embedding": [0.5]}]}'


def accept_what_is_no_object(said: Any) -> Any:
    return said if said.scope["sent"].startswith(b"{") else replace(said, status=200)


def serve_get_and_put(said: Any) -> Any:
    return replace(said, status=200, body=EMBEDDED) if said.scope["method"] in ("GET", "PUT") else said


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    return tmp_path / "baseline.yaml"


def write(file: Path, **entries: Any) -> None:
    file.write_text(yaml.safe_dump({"format": 1, "known-failures": entries}), "utf-8")


def known(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))["known-failures"]


def test_a_known_failure_does_not_fail_the_run(door: Door, alter: Alter, baseline: Path) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = door(alter(accept_what_is_no_object).url, baseline=baseline, max_requests=FEW)
    assert ended.code == 0, ended.text
    row = ended.row("request.type")
    assert (row["verdict"], row["standing"], row["baseline"]) == ("fail", "known", "issue 12")
    assert row["reason"].endswith("; known failure: issue 12")
    assert row["evidence"], "a known failure still shows itself"


def test_a_known_failure_is_an_xfail(
    door_of_pytest: Door, alter: Alter, baseline: Path, contract: Contract
) -> None:
    write(baseline, **{"http.method.get": {"reason": "issue 12"}, "http.method.put": {"reason": "issue 13"}})
    ended = door_of_pytest(alter(serve_get_and_put).url, baseline=baseline, arguments=["-rx", *METHODS])
    assert ended.code == 0, ended.text
    assert f"5 passed, {len(contract.catalogue.under(())) - 8} deselected, 3 xfailed" in ended.text
    assert "known failure: issue 13" in ended.text


def test_a_known_failure_does_not_make_the_target_conformant(
    door: Door, alter: Alter, baseline: Path
) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = door(alter(accept_what_is_no_object).url, baseline=baseline, max_requests=FEW)
    assert ended.report["verdict"] == "nonconformant"


def test_an_unknown_failure_beside_a_known_one_fails(
    door_of_pytest: Door, alter: Alter, baseline: Path
) -> None:
    write(baseline, **{"http.method.get": {"reason": "issue 12"}})
    ended = door_of_pytest(alter(serve_get_and_put).url, baseline=baseline, arguments=METHODS)
    assert ended.code == 1, ended.text
    assert "FAILED embeddings-conformance::http.method.put" in ended.text
    assert "FAILED embeddings-conformance::http.method.get" not in ended.text


def test_a_stale_entry_fails(door: Door, url: str, baseline: Path) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = door(url, baseline=baseline, max_requests=FEW)
    assert ended.code == 1, ended.text
    assert ended.row("request.type")["standing"] == "bad"
    assert "stale: it passes now, take it out of the baseline (issue 12)" in ended.text


def test_an_expired_entry_fails_and_says_when(door: Door, alter: Alter, baseline: Path) -> None:
    baseline.write_text(
        "format: 1\nknown-failures:\n  request.type: {reason: issue 12, expires: 2020-02-29}\n", "utf-8"
    )
    ended = door(alter(accept_what_is_no_object).url, baseline=baseline, max_requests=FEW)
    assert ended.code == 1, ended.text
    assert "its baseline entry expired on 2020-02-29" in ended.row("request.type")["reason"]


def test_an_entry_that_was_not_tested_is_not_stale(door_of_pytest: Door, url: str, baseline: Path) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    ended = door_of_pytest(url, baseline=baseline, arguments=METHODS)
    assert ended.code == 0, ended.text
    assert ended.row("request.type")["baseline"] == "issue 12"


def test_an_unknown_id_is_answered_with_the_closest_one(door: Door, alter: Alter, baseline: Path) -> None:
    target = alter()
    write(baseline, **{"http.metod.get": {"reason": "issue 12"}})
    ended = door(target.url, baseline=baseline)
    assert ended.code == 4, ended.text
    assert "found 'http.metod.get'; did you mean http.method.get?" in ended.text
    assert not target.requests


def test_a_baseline_that_is_not_there_is_a_usage_error(door: Door, url: str, baseline: Path) -> None:
    ended = door(url, baseline=baseline)
    assert ended.code == 4, ended.text
    assert str(baseline) in ended.text


def test_an_updated_baseline_makes_the_next_run_green(door: Door, alter: Alter, baseline: Path) -> None:
    target = alter(accept_what_is_no_object)
    first = door(target.url, baseline=baseline, update_baseline=True, max_requests=FEW)
    assert first.code == 1, first.text
    assert known(baseline) == {"request.type": {"reason": "not explained yet"}}
    assert f"Baseline: {baseline}" in first.text
    second = door(target.url, baseline=baseline, max_requests=FEW)
    assert second.code == 0, second.text


def test_an_update_keeps_reasons_and_dates_and_drops_what_passes(
    door_of_pytest: Door, alter: Alter, baseline: Path
) -> None:
    baseline.write_text(
        "format: 1\nknown-failures:\n"
        "  http.method.get: {reason: issue 12, expires: 2999-01-31}\n"
        "  http.method.patch: {reason: mended}\n",
        "utf-8",
    )
    door_of_pytest(alter(serve_get_and_put).url, baseline=baseline, update_baseline=True, arguments=METHODS)
    found = known(baseline)
    assert list(found) == ["http.method.get", "http.method.put", "http.method.status"]
    assert found["http.method.get"]["reason"] == "issue 12"
    assert str(found["http.method.get"]["expires"]) == "2999-01-31"


def test_an_update_of_a_part_leaves_the_entries_of_the_rest(
    door_of_pytest: Door, alter: Alter, baseline: Path
) -> None:
    write(baseline, **{"request.type": {"reason": "issue 12"}})
    door_of_pytest(alter(serve_get_and_put).url, baseline=baseline, update_baseline=True, arguments=METHODS)
    assert known(baseline)["request.type"] == {"reason": "issue 12"}


def test_an_update_holds_failures_below_the_fail_level_too(
    door_of_pytest: Door, alter: Alter, baseline: Path
) -> None:
    silent = alter(lambda said: replace(said, headers=[]))
    words = ["-k", "http.method.allow or http.method.get"]
    door_of_pytest(silent.url, baseline=baseline, update_baseline=True, arguments=words)
    assert list(known(baseline)) == ["http.method.allow"]
    ended = door_of_pytest(silent.url, baseline=baseline, level="should", arguments=words)
    assert ended.code == 0, ended.text


def test_an_update_without_a_baseline_is_a_usage_error(door: Door, url: str) -> None:
    ended = door(url, update_baseline=True)
    assert ended.code == 4, ended.text
    assert "update-baseline: expected a baseline beside it, found none" in ended.text
