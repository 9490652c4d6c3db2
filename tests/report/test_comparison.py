"""Comparison of two reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main
from conformance.report import FORMATS, compare_reports, run_differences
from tests.report.documents import document, row


def run(verdicts: Mapping[str, str], **changes: Any) -> dict[str, Any]:
    rows = [{"id": id, "verdict": verdict, "reason": ""} for id, verdict in verdicts.items()]
    same = {
        "contract": {"sha256": "a"},
        "profile": "p",
        "seed": 0,
        "suite": {"version": "1"},
        "interrupted": False,
    }
    return {**same, "requirements": rows, **changes}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("pass", "fail", "regression"),
        ("pass", "blocked", "regression"),
        ("pass", "inconclusive", "regression"),
        ("pass", "error", "not judged"),
        ("fail", "error", "not judged"),
        ("error", "pass", "newly tested"),
        ("pass", "not-tested", "no longer tested"),
        ("pass", "unsupported", "no longer tested"),
        ("fail", "pass", "fix"),
        ("blocked", "pass", "fix"),
        ("not-tested", "pass", "newly tested"),
        ("not-tested", "fail", "new failure"),
        ("blocked", "fail", "new failure"),
        ("fail", "not-tested", "other"),
        ("fail", "blocked", "other"),
    ],
)
def test_the_kind_of_a_change(before: str, after: str, kind: str) -> None:
    (change,) = compare_reports(run({"a": before, "b": "pass"}), run({"a": after, "b": "pass"}))
    assert (change.kind, change.id, change.verdicts) == (kind, "a", (before, after))


def test_requirements_of_only_one_report_are_changes() -> None:
    old, new = run({"removed": "pass", "kept": "fail"}), run({"kept": "fail", "new": "fail"})
    assert [(c.id, c.kind, c.verdicts) for c in compare_reports(old, new)] == [
        ("removed", "no longer tested", ("pass", "absent")),
        ("new", "new failure", ("absent", "fail")),
    ]


def test_regressions_come_first() -> None:
    old = run({"a": "fail", "b": "not-tested", "c": "pass", "d": "pass"})
    assert [
        c.kind for c in compare_reports(old, run({"a": "pass", "b": "pass", "c": "error", "d": "fail"}))
    ] == [
        "regression",
        "not judged",
        "fix",
        "newly tested",
    ]


def test_differences_between_the_runs_are_listed() -> None:
    old, new = run({}), run({}, profile="q", seed=4, interrupted=True)
    assert list(run_differences(old, old)) == []
    assert list(run_differences(old, new)) == [
        "the profile differs: p before, q now",
        "the seed differs: 0 before, 4 now",
        "the new run was interrupted",
    ]


@pytest.mark.parametrize(
    ("verdict", "code"), [("fail", 1), ("blocked", 1), ("inconclusive", 1), ("error", 1), ("not-tested", 0)]
)
def test_a_regression_ends_with_exit_code_1(verdict: str, code: int, tmp_path: Path) -> None:
    files = {tmp_path / "old.json": row("http.a"), tmp_path / "new.json": row("http.a", verdict)}
    for file, only in files.items():
        file.write_text(FORMATS["json"](document(only)), "utf-8")
    assert main(["compare", *map(str, files)]) == code


def test_a_renamed_requirement_is_the_same_one() -> None:
    old, new = run({"auth.refuse.without-bearer": "pass"}), run({"auth.reject.without-bearer": "fail"})
    assert [(c.id, c.kind) for c in compare_reports(old, new)] == [
        ("auth.reject.without-bearer", "regression")
    ]
