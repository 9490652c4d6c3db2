"""The result of a run in one sentence, and the words for a run that passes although something failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.report import overview
from conformance.report.model.compatibility import client_table
from conformance.report.model.headline import PASSES, headline, verdict_text
from conformance.report.render.html import html
from conformance.report.render.junit import junit
from conformance.report.render.markdown import markdown
from tests.report.documents import document, row, shape

COUNT = "response.count"
"""A requirement that all clients rely on."""


def terminal(report: dict[str, Any]) -> str:
    return "\n".join(line.text for line in overview(report, every=True))


FORMATS: list[Callable[[dict[str, Any]], str]] = [terminal, markdown, html, junit]


def test_names_clients_levels_and_the_first_failure() -> None:
    rows = [
        row("http.method.get", "fail", level="should", standing="known"),
        row(COUNT, "fail", shapes=[shape(input="strings")]),
    ]
    text = headline(document(*rows))
    total = len(client_table(rows))
    breaking = sum(found.label == "breaks" for found in client_table(rows).values())
    number = f"All {total}" if breaking == total else f"{breaking} of {total}"
    assert text.startswith(f"{number} clients break (silently wrong data)")
    assert text.endswith(f'; 1 MUST and 1 SHOULD failed, most severe: "The title of {COUNT}".')


def test_without_failures_it_says_what_was_not_tested() -> None:
    assert headline(document(row("http.a"), row("http.b"))) == "No requirement failed."
    rows = [row("http.a"), row("http.b", "not-tested"), row("http.c", "not-tested", level="should")]
    assert headline(document(*rows)) == "No requirement failed, 1 MUST was not tested."


def test_a_failing_run_is_nonconformant_in_its_formats() -> None:
    failing = document(row("http.a", "fail"))
    assert verdict_text(failing) == "nonconformant"
    for rendered in (form(failing) for form in FORMATS):
        assert "nonconformant" in rendered.lower()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("baseline", ["issue 7", None])
def test_a_run_that_passes_is_not_called_nonconformant(
    form: Callable[[dict[str, Any]], str], baseline: str | None
) -> None:
    """With a baseline, or with options by which the failure does not count."""
    failed = row("http.a", "fail", standing="known", baseline=baseline)
    passing = document(failed, row("http.b"), verdict="nonconformant", exit_code=0)
    rendered = form(passing).lower()
    assert "nonconformant" not in rendered
    assert PASSES in rendered


@pytest.mark.parametrize("form", FORMATS)
def test_only_failures_in_the_baseline_are_called_known(form: Callable[[dict[str, Any]], str]) -> None:
    below = row(
        "http.a", "fail", level="should", standing="known", reason="a SHOULD does not make the run fail"
    )
    rendered = form(document(below, row("http.b"))).lower()
    assert "http.a" in rendered
    assert "known failure" not in rendered
