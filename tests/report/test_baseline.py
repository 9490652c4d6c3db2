from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.report import BaselineError, KnownFailure, baseline_text, load_baseline

NO_REASON = "http.method.get has no reason; write 'http.method.get: {reason: TEXT}'"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "baseline.yaml"


def problem(file: Path, text: str, contract: Contract) -> str:
    file.write_text(text, "utf-8")
    with pytest.raises(BaselineError) as caught:
        load_baseline(file, contract.catalogue)
    error = caught.value
    assert str(error) == f"baseline {file}: {error.problem}"
    return str(error)


def test_entries_have_a_reason_and_an_optional_last_day(file: Path, contract: Contract) -> None:
    file.write_text(
        "format: 1\nknown-failures:\n"
        "  http.method.get: {reason: issue 12}\n"
        "  http.method.put: {reason: issue 13, expires: 2030-01-31}\n",
        "utf-8",
    )
    assert load_baseline(file, contract.catalogue) == {
        "http.method.get": KnownFailure("issue 12"),
        "http.method.put": KnownFailure("issue 13", date(2030, 1, 31)),
    }


@pytest.mark.parametrize("text", ["format: 1", "format: 1\nknown-failures:", "format: 1\nknown-failures: {}"])
def test_a_baseline_may_be_empty(file: Path, contract: Contract, text: str) -> None:
    file.write_text(text, "utf-8")
    assert load_baseline(file, contract.catalogue) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "must begin with 'format: 1', followed by 'known-failures:'"),
        ("[]", "must begin with 'format: 1'"),
        ("format: 2", "must begin with 'format: 1'"),
        ("known-failures: {}", "must begin with 'format: 1'"),
        ("format: 1\nfailures: {}", "unknown key 'failures'; use 'format' and 'known-failures'"),
        (
            "format: 1\nknown-failures: [http.method.get]",
            "'known-failures' must have requirement ids as keys",
        ),
        ("format: [", "cannot be read as YAML: "),
        (
            "format: 1\nknown-failures: {http.method.get: }",
            NO_REASON,
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {}}",
            NO_REASON,
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: ' '}}",
            NO_REASON,
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: 12}}",
            NO_REASON,
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: a, until: b}}",
            "http.method.get: unknown key 'until'; use 'reason' and 'expires'",
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: it hangs, fixed in 1.2}}",
            "http.method.get: unknown key 'fixed in 1.2'; put a text with a comma in quotes:"
            ' {reason: "it hangs, fixed in 1.2"}',
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: a, expires: soon}}",
            "'expires' must be a date such as 2030-01-31, not 'soon'",
        ),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: a, expires: 2030-01-31 10:00:00}}",
            "'expires' must be a date such as 2030-01-31, not",
        ),
        (
            "format: 1\nknown-failures: {http.methd.get: {reason: a}}",
            "there is no requirement 'http.methd.get'; did you mean http.method.get?",
        ),
        ("format: 1\nknown-failures: {zzz: {reason: a}}", "there is no requirement 'zzz'"),
    ],
)
def test_an_invalid_baseline_is_an_error(file: Path, contract: Contract, text: str, expected: str) -> None:
    assert expected in problem(file, text, contract)


def test_a_missing_file_is_an_error(file: Path, contract: Contract) -> None:
    with pytest.raises(BaselineError, match=r"cannot be read .No such file.*--update-baseline"):
        load_baseline(file, contract.catalogue)


def test_a_binary_file_is_an_error(file: Path, contract: Contract) -> None:
    file.write_bytes(b"format: 1\n# \xff\n")
    with pytest.raises(BaselineError, match="cannot be read as YAML"):
        load_baseline(file, contract.catalogue)


def test_a_saved_baseline_can_be_loaded(file: Path, contract: Contract) -> None:
    known = {
        "http.method.get": KnownFailure("issue 12: é, 'quoted', # no comment", date(2030, 1, 31)),
        "http.method.put": KnownFailure("fixed since"),
    }
    failing = {"http.method.get": "", "request.type": "", "http.method.head": "auth.accept.config"}
    file.write_text(baseline_text(failing, known), "utf-8")
    assert load_baseline(file, contract.catalogue) == {
        "http.method.get": known["http.method.get"],
        "request.type": KnownFailure("not explained yet"),
        "http.method.head": KnownFailure("needs auth.accept.config"),
    }


def test_an_empty_baseline_can_be_saved(file: Path, contract: Contract) -> None:
    file.write_text(baseline_text({}, {}), "utf-8")
    assert load_baseline(file, contract.catalogue) == {}


def test_an_impossible_date_is_an_error(file: Path, contract: Contract) -> None:
    file.write_text("format: 1\nknown-failures:\n  request.type: {reason: r, expires: 2026-13-01}\n", "utf-8")
    with pytest.raises(BaselineError, match=r"month must be in 1\.\.12"):
        load_baseline(file, contract.catalogue)
