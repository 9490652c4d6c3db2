from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.report import BaselineError, KnownFailure, baseline_text, load_baseline


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "baseline.yaml"


def problem(file: Path, text: str, contract: Contract) -> str:
    file.write_text(text, "utf-8")
    with pytest.raises(BaselineError) as caught:
        load_baseline(file, contract.catalogue)
    error = caught.value
    assert str(error) == f"baseline {file}: expected {error.expected}, found {error.found}"
    return str(error)


def test_entries_have_a_reason_and_perhaps_a_last_day(file: Path, contract: Contract) -> None:
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
        ("", "expected 'format: 1' and 'known-failures', found None"),
        ("[]", "expected 'format: 1' and 'known-failures', found []"),
        ("format: 2", "expected 'format: 1' and 'known-failures', found {'format': 2}"),
        ("known-failures: {}", "expected 'format: 1'"),
        ("format: 1\nfailures: {}", "expected 'format: 1'"),
        ("format: 1\nknown-failures: [http.method.get]", "expected a mapping under 'known-failures'"),
        ("format: [", "expected a readable YAML file"),
        ("format: 1\nknown-failures: {http.method.get: }", "expected 'reason' (a text)"),
        ("format: 1\nknown-failures: {http.method.get: {}}", "expected 'reason' (a text)"),
        ("format: 1\nknown-failures: {http.method.get: {reason: ' '}}", "expected 'reason' (a text)"),
        ("format: 1\nknown-failures: {http.method.get: {reason: 12}}", "expected 'reason' (a text)"),
        ("format: 1\nknown-failures: {http.method.get: {reason: a, until: b}}", "for http.method.get"),
        ("format: 1\nknown-failures: {http.method.get: {reason: a, expires: soon}}", "'expires' (a date)"),
        (
            "format: 1\nknown-failures: {http.method.get: {reason: a, expires: 2030-01-31 10:00:00}}",
            "'expires' (a date)",
        ),
        (
            "format: 1\nknown-failures: {http.methd.get: {reason: a}}",
            "expected ids of requirements, found 'http.methd.get'; did you mean http.method.get?",
        ),
        ("format: 1\nknown-failures: {zzz: {reason: a}}", "found 'zzz'"),
    ],
)
def test_what_is_no_baseline_is_named(file: Path, contract: Contract, text: str, expected: str) -> None:
    assert expected in problem(file, text, contract)


def test_a_file_that_is_not_there_is_named(file: Path, contract: Contract) -> None:
    with pytest.raises(BaselineError, match=r"expected a readable YAML file, found .*No such file"):
        load_baseline(file, contract.catalogue)


def test_a_file_that_is_no_text_is_named(file: Path, contract: Contract) -> None:
    file.write_bytes(b"format: 1\n# \xff\n")
    with pytest.raises(BaselineError, match="expected a readable YAML file"):
        load_baseline(file, contract.catalogue)


def test_what_was_saved_is_loaded_again(file: Path, contract: Contract) -> None:
    known = {
        "http.method.get": KnownFailure("issue 12: é, 'quoted', # no comment", date(2030, 1, 31)),
        "http.method.put": KnownFailure("mended since"),
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


def test_a_date_that_there_is_not_is_named(file: Path, contract: Contract) -> None:
    file.write_text("format: 1\nknown-failures:\n  request.type: {reason: r, expires: 2026-13-01}\n", "utf-8")
    with pytest.raises(BaselineError, match=r"month must be in 1\.\.12"):
        load_baseline(file, contract.catalogue)
