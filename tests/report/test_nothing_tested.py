"""The reason of exit code 5, and what to type."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.exit_codes import Exit
from conformance.report import nothing_tested, overview
from conformance.report.render.markdown import markdown
from tests.report.documents import document, row

CONCURRENT = "it needs more than one concurrent request (option concurrency)"


def untested(*reasons: str, **changes: Any) -> dict[str, Any]:
    rows = [row(f"http.{number}", "not-tested", reason=reason) for number, reason in enumerate(reasons)]
    return document(*rows, exit_code=int(Exit.NOTHING_EXERCISED), **changes)


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([CONCURRENT], "1 requirement needs more than one concurrent request. Raise --concurrency."),
        (
            ["over budget: it needs 1 request more", "over budget: it needs 2 requests more", CONCURRENT],
            "2 requirements are over budget. Raise --max-requests or --max-tokens.",
        ),
        (
            ["it needs http.a, whose verdict is not-tested: over budget: it needs 1 request more"],
            "1 requirement is over budget. Raise --max-requests or --max-tokens.",
        ),
        (
            ["it needs a credential that was not given: x-key"],
            "1 requirement needs a credential that was not given: x-key. Give --header.",
        ),
        (
            ["it needs the server's tokenizer (option tokenizer)"] * 2,
            "2 requirements need the server's tokenizer. Give --tokenizer.",
        ),
        (
            ["no response contained this field"],
            "1 requirement could not be tested (no response contained this field).",
        ),
    ],
)
def test_the_most_frequent_reason_and_the_option_are_named(reasons: list[str], expected: str) -> None:
    assert nothing_tested(untested(*reasons)) == f"Nothing was tested: {expected}"


def test_each_front_end_spells_the_options_its_own_way() -> None:
    message = nothing_tested(untested(CONCURRENT), lambda option: f"--conformance-{option}")
    assert message.endswith("Raise --conformance-concurrency.")


def test_only_accepted_credentials_need_a_rejection() -> None:
    message = nothing_tested(document(row("auth.accept.config")))
    assert message.endswith("Also select 'auth.reject.*'.")


def test_a_run_without_a_passed_requirement_says_so() -> None:
    failed = row("http.a", "fail", level="should", standing="known")
    assert nothing_tested(document(failed)).startswith(
        "No selected requirement passed. The failures do not make the run fail"
    )
    blocked = row("http.a", "blocked", blocked_by="http.b")
    assert "no selected requirement passed" in nothing_tested(document(blocked))


def test_an_audit_without_exchanges_says_so() -> None:
    audited = {**document(row("http.a", "not-tested")), "audit": {"exchanges": 0}}
    assert "no exchange was judged" in nothing_tested(audited)


def test_a_run_without_selected_requirements_says_so() -> None:
    assert "no requirement is selected" in nothing_tested(
        document(row("http.a", "not-tested", selected=False))
    )


def test_the_overview_ends_with_the_reason() -> None:
    assert [line.text for line in overview(untested(CONCURRENT))][-1] == nothing_tested(untested(CONCURRENT))


def test_markdown_begins_with_the_reason_for_every_front_end() -> None:
    first = markdown(untested(CONCURRENT)).split("\n\n")[1]
    assert first.startswith("⚠️ Nothing was tested: 1 requirement needs more than one concurrent request.")
    assert first.endswith(" Raise the option concurrency.")
