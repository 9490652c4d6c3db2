from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange, Failure, FailureKind, Request
from conformance.report import FORMATS, Redactor, Report, judge_standing
from conformance.report.model import document

URL = "http://127.0.0.1:8787/v1"
SECRET = "sesame-secret-0123"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(Path(document.__file__).with_name("report.schema.json").read_text("utf-8"))


@pytest.fixture
def make(contract: Contract, redactor: Redactor) -> Callable[..., Report]:
    """The report of a run in which http.method.get failed with *evidence*."""

    def made(*evidence: Evidence, target: dict[str, str] | None = None, server: str = "") -> Report:
        outcomes = {
            id: Outcome(r, Verdict.NOT_TESTED, "not selected") for id, r in contract.catalogue.items()
        }
        requirement = contract.catalogue["http.method.get"]
        outcomes[requirement.id] = Outcome(
            requirement, Verdict.FAIL, f"the response had {SECRET}", evidence, 2, 3
        )
        run = RunResult(outcomes, (requirement.id,), "2026-01-31T12:00:00+00:00", 1.25, 3, 7, server)
        judged = {id: judge_standing(o, fail_level="must", baseline={}) for id, o in outcomes.items()}
        return Report(contract, run, judged, 1, target or {"url": URL}, redactor)

    return made


def test_the_schema_is_a_valid_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_report_is_valid_and_has_a_row_for_each_requirement(
    make: Callable[..., Report], exchange: Callable[..., Exchange], contract: Contract, schema: Any
) -> None:
    failure = Failure(FailureKind.TIMEOUT, "no response in 1 s")
    dropped = Exchange(Request((("x-empty", ""),), None), None, failure, 1.0)
    report = make(Evidence("a", "b", exchange(), "p"), Evidence("a", "b", dropped)).as_dict()
    jsonschema.validate(report, schema)
    assert [row["id"] for row in report["requirements"]] == list(contract.catalogue)
    expected = {requirement.id: requirement.severity for requirement in contract.catalogue.values()}
    assert {row["id"]: row["severity"] for row in report["requirements"]} == expected
    assert report["verdict"] == "nonconformant"
    assert report["summary"]["must"]["fail"] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.pop("verdict"),
        lambda report: report.update(extra=1),
        lambda report: report.update(format=2),
        lambda report: report.update(exit_code=6),
        lambda report: report.update(requirements=[]),
        lambda report: report["target"].pop("url"),
        lambda report: report["summary"]["must"].update(passed=1),
        lambda report: report["requirements"][0].update(verdict="passed"),
        lambda report: report["requirements"][0].pop("title"),
        lambda report: report["contract"].update(sha256="0"),
    ],
)
def test_the_schema_rejects_another_structure(
    make: Callable[..., Report], schema: Any, change: Callable[[Any], Any]
) -> None:
    report = make().as_dict()
    change(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema)


def test_no_part_of_it_contains_a_credential(
    make: Callable[..., Report], exchange: Callable[..., Exchange]
) -> None:
    echoing = exchange(f"no {SECRET}".encode(), headers=(("x-echo", SECRET), ("authorization", "any")))
    item = Evidence(f"not {SECRET}", f"but {SECRET[:-1]}", echoing, f"with {SECRET}")
    text = json.dumps(make(item, target={"url": URL, "app": SECRET}, server=f"{SECRET}/1").as_dict())
    assert SECRET[:8] not in text
    assert text.count("[credential]") == 10


def test_evidence_is_bounded_and_counted(
    make: Callable[..., Report], exchange: Callable[..., Exchange]
) -> None:
    report = make(*[Evidence("a", "b", exchange(b"x" * 100_000))] * 9).as_dict()
    (row,) = [row for row in report["requirements"] if row["id"] == "http.method.get"]
    assert (len(row["evidence"]), row["failures"]) == (5, 9)
    assert row["evidence"][0]["response"]["body"] == f"{'x' * 1600} ... (100,000 bytes) ... {'x' * 400}"


def test_invalid_utf8_is_shown_as_escapes(
    make: Callable[..., Report], exchange: Callable[..., Exchange]
) -> None:
    report = make(Evidence("a", "b", exchange(b"\xff\x00ok"))).as_dict()
    (row,) = [row for row in report["requirements"] if row["id"] == "http.method.get"]
    assert row["evidence"][0]["response"]["body"] == "\\xff\x00ok"


def test_the_json_format_is_ascii(make: Callable[..., Report]) -> None:
    report = make(server="é \ud800")
    text = FORMATS["json"](report.as_dict())
    assert text.endswith("}\n")
    assert json.loads(text.encode("ascii")) == report.as_dict()


def test_a_report_prints_its_last_screen_and_is_one_line_as_a_value(make: Callable[..., Report]) -> None:
    report = make()
    text = str(report)
    assert len(text.splitlines()) <= 50
    assert "  1. http.method.get (MUST, strictness): GET does not return embeddings" in text
    assert SECRET not in text
    assert repr(report) == f"<Report of {URL}: nonconformant, 1 failure>"
    assert report._repr_html_().startswith("<iframe srcdoc=")


def test_a_report_has_its_failures_and_clients(make: Callable[..., Report]) -> None:
    report = make()
    assert not report.ok
    assert [judged.outcome.requirement.id for judged in report.failures] == ["http.method.get"]
    assert report.clients["openai (Python)"] == "not known"
    assert [one["name"] for one in report.as_dict()["clients"]] == list(report.clients)
