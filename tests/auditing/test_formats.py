"""Each format is recognized, and an audit finds in it what was planted, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance import audit
from conformance.auditing.formats import FIELDS, MEMBERS, format_titles
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file
from tests.auditing.logs import ACROSS, NEEDS_REQUEST, VIOLATIONS, make_log, write

PLANTED = {id: number for number, id in enumerate(VIOLATIONS, 2)}
"""Another number of each violation."""

NOT_IN = {
    "litellm": {"request.model.required"},  # the request is made from its parts
    "batch-output": {*NEEDS_REQUEST, *ACROSS, "response.constant-length", "response.not-zero"},
    "batch-input": {*VIOLATIONS} - {"request.model.required"},
}
"""What cannot be seen in a format."""


def found(report: object) -> dict[str, int]:
    document = report.as_dict()  # type: ignore[attr-defined]
    return {row["id"]: row["failures"] for row in document["requirements"] if row["verdict"] == "fail"}


@pytest.mark.parametrize("format", format_titles())
def test_what_was_planted_is_found_in_each_format(format: str, tmp_path: Path) -> None:
    planted = {id: n for id, n in PLANTED.items() if id not in NOT_IN.get(format, ())}
    log = make_log(1, 400, planted)
    if format == "batch-input":
        log.planted["request.input.required"] = sum(
            "input" not in e["request"] and "operation" not in e for e in log.exchanges
        )
    report = audit(write(log, tmp_path / "log", format), workers=0)
    assert found(report) == dict(log.planted)
    document = report.as_dict()["audit"]
    assert [one["name"] for one in document["formats"]] == [format]
    assert document["unread"] == document["problems"] == []


@pytest.mark.parametrize("format", format_titles())
def test_a_correct_log_has_no_failure_in_any_format(format: str, tmp_path: Path) -> None:
    log = make_log(2, 300)
    if format == "batch-input":
        log.exchanges = [one for one in log.exchanges if one["status"] == 200]
    report = audit(write(log, tmp_path / "log", format), workers=0)
    assert found(report) == {}
    chats = sum("operation" in one for one in log.exchanges)
    if format == "batch-output":  # without a request, nothing says which operation was rejected
        chats += sum(one["status"] != 200 for one in log.exchanges)
    assert report.as_dict()["audit"]["skipped"] == chats
    assert report.as_dict()["audit"]["exchanges"] == len(log.exchanges) - chats


def test_the_formats_are_described_by_known_members() -> None:
    data = read_file(spec_file("log-formats.yaml")).value
    schema = Draft202012Validator(read_file(spec_file("schemas/log-formats.schema.yaml")).value)
    assert list(schema.iter_errors(data)) == []
    for entry in data["formats"]:
        assert entry["fields"].keys() <= FIELDS, entry["name"]
        assert entry.keys() - MEMBERS <= {"name", "title", "framing", "marks"}
