"""The result of a run in one or two sentences, the same in each format."""

from __future__ import annotations

import html as markup
import re

import pytest

from conformance.report import overview
from conformance.report.model.tally import failure_tally
from conformance.report.render.html import html
from conformance.report.render.markdown import markdown
from tests.report.documents import document, row

MIXED = (
    row("http.a", "fail"),
    row("http.b", "fail"),
    row("http.c", "blocked"),
    row("http.d", "fail", level="should", standing="known"),
    row("http.e", "fail", standing="known", baseline="issue 12"),
    row("http.f"),
)
OF_MIXED = (
    "The run fails: 2 MUSTs failed, 1 MUST is blocked. Without effect on the exit code: 1 SHOULD failed. "
    "Known failures in the baseline: 1 MUST failed."
)


def test_what_fails_the_run_is_counted_by_level_and_verdict() -> None:
    assert failure_tally(document(*MIXED)) == OF_MIXED


def test_every_format_has_the_same_sentences() -> None:
    report = document(*MIXED)
    assert OF_MIXED in [line.text for line in overview(report)]
    assert f"❌ {OF_MIXED}" in markdown(report).splitlines()
    assert OF_MIXED in markup.unescape(re.sub(r"<[^>]*>", "", html(report)))


@pytest.mark.parametrize(
    ("verdict", "standing", "expected"),
    [
        ("pass", "good", "No failure makes the run fail."),
        ("pass", "bad", "The run fails: 1 MUST has a stale baseline entry."),
        ("not-tested", "bad", "The run fails: 1 MUST has an expired baseline entry."),
        ("inconclusive", "bad", "The run fails: 1 MUST is inconclusive."),
        ("error", "bad", "The run fails: 1 MUST has an internal error of the suite."),
    ],
)
def test_each_verdict_has_its_words(verdict: str, standing: str, expected: str) -> None:
    assert failure_tally(document(row("http.a", verdict, standing=standing))) == expected


def test_a_run_without_failures_has_no_line_on_the_terminal() -> None:
    report = document(row("http.a"))
    assert failure_tally(report) not in [line.text for line in overview(report)]
