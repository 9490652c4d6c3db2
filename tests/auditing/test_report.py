"""The report of an audit: rows, evidence, counts over time, texts and vectors left out, and all formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import UsageError, audit
from conformance.cli.main import main
from conformance.exit_codes import Exit
from conformance.report import load_report
from tests.auditing.logs import Log, as_exchange, make_log, plain, write
from tests.auditing.test_formats import found


def rows(report: Any) -> dict[str, Any]:
    return {row["id"]: row for row in report.as_dict()["requirements"]}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_log(3, 200, {"state.same-text": 2, "response.usage.total": 3, "request.model.required": 1})
    return write(made, tmp_path_factory.mktemp("logs") / "day.jsonl")


def test_a_report_of_an_audit_is_a_report(log: Path, tmp_path: Path) -> None:
    report = audit(
        log, workers=0, json=tmp_path / "a.json", html=tmp_path / "a.html", markdown=tmp_path / "a.md"
    )
    document = load_report(tmp_path / "a.json")
    assert document == json.loads(json.dumps(report.as_dict()))
    assert report.code == Exit.NONCONFORMANT
    assert "state.same-text by hour" in (tmp_path / "a.html").read_text("utf-8")
    assert "Reproduce" not in (tmp_path / "a.html").read_text("utf-8")
    assert "Reproduce" not in (tmp_path / "a.md").read_text("utf-8")


def test_evidence_has_file_and_line_times_and_counts(log: Path) -> None:
    report = audit(log, workers=0)
    exchanges = [json.loads(line) for line in log.read_bytes().splitlines()]
    wrong = [
        number
        for number, one in enumerate(exchanges, 1)
        if (usage := json.loads(one["response"]["body"]).get("usage"))
        and usage["total_tokens"] < usage["prompt_tokens"]
    ]
    row = rows(report)["response.usage.total"]
    assert [item["probe"] for item in row["evidence"]] == [f"{log}:{number}" for number in wrong]
    assert row["failures"] == len(wrong) == 3
    (failure,) = [one for one in report.as_dict()["audit"]["failures"] if one["id"] == "response.usage.total"]
    assert (failure["first"], failure["last"]) == tuple(exchanges[wrong[n] - 1]["time"] for n in (0, -1))
    assert sum(one["exchanges"] for one in failure["by_hour"]) == 3
    assert sum(one["exchanges"] for one in failure["by_provider"]) == 3


def test_texts_and_vectors_stay_out_unless_they_are_wanted(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden, shown = (json.dumps(audit(log, workers=0, show_texts=show).as_dict()) for show in (False, True))
    assert "river number" not in hidden
    assert "SHA-256" in hidden
    assert "river number" in shown
    assert main(["audit", str(log), "--workers", "0"]) == Exit.NONCONFORMANT
    assert "river number" not in capsys.readouterr().out


def test_what_a_recording_cannot_show_is_not_tested_with_a_reason(log: Path) -> None:
    found = rows(audit(log, workers=0))
    assert found["http.chunked"]["verdict"] == "not-tested"
    assert "only a run sends" in found["http.chunked"]["reason"]
    auth = [row for id, row in found.items() if id.startswith("auth.")]
    assert {row["verdict"] for row in auth} == {"not-tested"}
    assert {row["reason"] for row in auth} == {"the recording has no credentials in request headers"}


def test_a_baseline_accepts_known_failures(log: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "known.yaml"
    first = audit(log, workers=0, baseline=baseline, update_baseline=True)
    assert first.code == Exit.NONCONFORMANT or baseline.exists()
    assert audit(log, workers=0, baseline=baseline).code == Exit.OK


@pytest.mark.parametrize(
    ("thresholds", "code"),
    [
        (["5%"], Exit.OK),
        (["0.05"], Exit.OK),
        (["0.1%"], Exit.NONCONFORMANT),
        (["5%", "response.usage.*=0"], Exit.NONCONFORMANT),
    ],
)
def test_a_threshold_by_requirement(log: Path, thresholds: list[str], code: Exit) -> None:
    report = audit(log, workers=0, only=["response.*", "state.*"], fail_above=thresholds)
    assert report.code == code


@pytest.mark.parametrize("text", ["often", "200%", "-1", "no.such=1%"])
def test_a_threshold_that_is_no_part_is_a_usage_error(log: Path, text: str) -> None:
    with pytest.raises(UsageError, match="fail-above: "):
        audit(log, workers=0, fail_above=[text])


def test_two_audits_can_be_compared(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(make_log(3, 50), tmp_path / "good.jsonl")
    audit(good, workers=0, json=tmp_path / "before.json")
    audit(log, workers=0, json=tmp_path / "after.json")
    assert main(["compare", str(tmp_path / "before.json"), str(tmp_path / "after.json")]) == 1
    assert "state.same-text: pass -> fail" in capsys.readouterr().out


def with_headers(number: int, headers: dict[str, str]) -> bytes:
    from random import Random

    record = as_exchange(plain(number, Random(number)))
    record["request"]["headers"] = headers
    return json.dumps(record).encode() + b"\n"


KEY, PROVIDER = {"x-portkey-api-key": "pk-secret-value"}, {"x-portkey-virtual-key": "vk-secret-value"}


def test_accepted_requests_without_a_credential_fail(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(with_headers(1, KEY | PROVIDER) + with_headers(2, PROVIDER))
    report = audit(file, workers=0)
    assert found(report) == {"auth.reject.without-portkey-key": 1}
    assert "secret-value" not in json.dumps(report.as_dict())


def test_a_credential_that_the_logger_never_records_is_no_violation(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(with_headers(1, PROVIDER) + with_headers(2, PROVIDER))
    assert found(audit(file, workers=0)) == {}


def test_no_exchange_is_exit_code_5(tmp_path: Path) -> None:
    assert audit(write(Log(), tmp_path / "empty"), workers=0).code == Exit.NOTHING_EXERCISED
