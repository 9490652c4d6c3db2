from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.report.render.badge import badge
from tests.report.documents import document, row

RED = {"schemaVersion": 1, "label": "embeddings", "message": "1 of 3 MUST", "color": "red"}


def parsed(report: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(badge(report))
    return fields


def test_a_conformant_target() -> None:
    expected = {"schemaVersion": 1, "label": "embeddings", "message": "conformant", "color": "brightgreen"}
    assert (
        parsed(document(row("http.a"), row("http.b", "fail", level="should", standing="known"))) == expected
    )


def test_a_nonconformant_target_has_the_number_of_passed_musts() -> None:
    rows = [row("http.a"), row("http.b", "fail"), row("http.c", "blocked"), row("http.d", level="should")]
    assert parsed(document(*rows)) == RED


def test_the_baseline_does_not_change_the_badge() -> None:
    rows = [row("http.a"), row("http.b", "fail", standing="known"), row("http.c", "fail", standing="known")]
    assert parsed(document(*rows, verdict="nonconformant", exit_code=0)) == RED


def test_a_partial_run_is_yellow() -> None:
    rows = [row("http.a"), row("http.b", "not-tested")]
    assert parsed(document(*rows, verdict="partial")) == {**RED, "message": "1 of 2 MUST", "color": "yellow"}


@pytest.mark.parametrize("broken", [document(row("http.a", "error")), document(row("http.a"), exit_code=3)])
def test_an_error_of_the_suite_is_not_a_result_of_the_target(broken: dict[str, Any]) -> None:
    assert parsed(broken) == {
        "schemaVersion": 1,
        "label": "embeddings",
        "message": "suite error",
        "color": "lightgrey",
        "isError": True,
    }
