from __future__ import annotations

from typing import Any

import pytest

from conformance.report.render.badge import badge
from tests.report.documents import document, row

RED = {"schemaVersion": 1, "label": "embeddings", "message": "1 of 3 MUST", "color": "red"}


def test_a_conformant_target_says_so() -> None:
    expected = {"schemaVersion": 1, "label": "embeddings", "message": "conformant", "color": "brightgreen"}
    assert badge(document(row("http.a"), row("http.b", "fail", level="should", standing="known"))) == expected


def test_another_says_how_many_of_the_musts_pass() -> None:
    rows = [row("http.a"), row("http.b", "fail"), row("http.c", "blocked"), row("http.d", level="should")]
    assert badge(document(*rows)) == RED


def test_a_baseline_changes_no_badge() -> None:
    rows = [row("http.a"), row("http.b", "fail", standing="known"), row("http.c", "fail", standing="known")]
    assert badge(document(*rows, verdict="nonconformant", exit_code=0)) == RED


def test_what_was_tested_in_part_is_neither_red_nor_green() -> None:
    rows = [row("http.a"), row("http.b", "not-tested")]
    assert badge(document(*rows, verdict="partial")) == {**RED, "message": "1 of 2 MUST", "color": "yellow"}


@pytest.mark.parametrize("broken", [document(row("http.a", "error")), document(row("http.a"), exit_code=3)])
def test_an_error_of_the_suite_is_none_of_the_target(broken: dict[str, Any]) -> None:
    assert badge(broken) == {
        "schemaVersion": 1,
        "label": "embeddings",
        "message": "suite error",
        "color": "lightgrey",
        "isError": True,
    }
