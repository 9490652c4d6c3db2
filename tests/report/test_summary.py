"""The last screen of a failing run: clients, causes, next steps, and the result, in few lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.contract import load_clients
from conformance.report import last_screen
from conformance.report.model.compatibility import Compatibility
from conformance.report.render import summary
from conformance.report.render.summary import MAX_CAUSES, UNSAVED, WIDTH
from tests.report.documents import document, exchange, row, shape

COUNT = "response.count"
"""A requirement that all clients rely on."""


def lines(*rows: dict[str, object], **changes: object) -> list[str]:
    return [line.text for line in last_screen(document(*rows, **changes))]


def test_names_broken_clients_causes_and_next_steps() -> None:
    shown = lines(
        row(
            COUNT,
            "fail",
            severity="breaks-clients",
            shapes=[shape(input="strings", encoding_format="base64")],
            reproduce="run it again",
        ),
        row("http.method.get", "blocked", blocked_by=COUNT),
    )
    assert shown[0] == "Clients"
    (openai,) = [line for line in shown if line.startswith("  openai (Python)")]
    assert openai.endswith(f"breaks: silently wrong data ({COUNT})")
    cause = shown.index("Causes") + 1
    assert shown[cause] == f"  1. {COUNT} (MUST, breaks-clients): The title of {COUNT}"
    assert "     Blocks 1 requirement." in shown
    after = shown[shown.index("Next") + 1 :]
    assert after[:2] == [
        f"  embeddings-conformance requirements {COUNT}    # what it requires, and why",
        "  run it again    # tests only this requirement again",
    ]
    assert after[2] == f"  embeddings-conformance replay FILE {COUNT}    # {UNSAVED}"
    assert after[-1].startswith("http://127.0.0.1:8787/v1: nonconformant: 1 fail, 1 blocked")


def test_a_client_about_which_nothing_is_known_has_the_reason() -> None:
    shown = lines(row(COUNT, "fail", shapes=[shape(input="strings", encoding_format="base64")]))
    (unknown,) = [line for line in shown if line.startswith("  not known: ")]
    assert re.search(r"\([a-z.-]+: not in this report, and \d+ more requirements\)$", unknown)


def test_a_long_reason_begins_with_what_the_target_did() -> None:
    pattern, actual = "the server fails only with a chunked body", "the server accepted it: 200 " + "{" * 100
    one, did = exchange(actual=actual, pattern=pattern), f"{pattern}; {actual}"
    shown = lines(row(COUNT, "fail", evidence=[one], reason=f"expected {'a rejection' * 9}; {did}"))
    assert f"     {did[: WIDTH - 3]}..." in shown


def test_the_next_commands_name_the_saved_report_and_the_variables() -> None:
    one = exchange(curl='curl -H "Authorization: Bearer $TOKEN" url')
    one["request"]["headers"] = [["Authorization", "Bearer $TOKEN"]]
    failed = row(COUNT, "fail", evidence=[one], reproduce="run it again")
    run = document(failed, reproduce="embeddings-conformance run --header 'Authorization: Bearer env:TOKEN'")
    shown = [line.text for line in last_screen(run, Path("my report.json"))]
    after = shown[shown.index("Next") + 1 :]
    assert after[0] == "  The commands read credentials from environment variables. Export these first: TOKEN"
    replay = f"  embeddings-conformance replay 'my report.json' {COUNT}"
    assert f"{replay}    # after a fix; add the --header options of the run" in after


def test_the_replay_names_each_option_to_give_again() -> None:
    rerun = "embeddings-conformance run --cert c.pem --parameter api-version=env:V"
    shown = last_screen(document(row(COUNT, "fail", reproduce=rerun), reproduce=rerun), Path("r.json"))
    (line,) = (line.text for line in shown if " replay " in line.text)
    assert line.endswith("after a fix; add the --parameter, --cert options of the run")


def test_a_passing_run_has_only_its_result() -> None:
    (only,) = lines(row("http.method.get"))
    assert only.startswith("http://127.0.0.1:8787/v1: ")


def test_clients_are_left_out_if_nothing_is_known_about_any() -> None:
    assert "Clients" not in lines(row("http.method.get", "fail"))


def test_a_run_that_passes_with_known_failures_says_so() -> None:
    known = row("http.method.get", "fail", standing="known", baseline="issue 7")
    shown = lines(known, verdict="nonconformant", exit_code=0)
    assert "passes (all failures are known or excluded): 1 fail" in shown[-1]


def test_many_causes_fit_on_a_screen() -> None:
    rows = [row(f"area{n}.one", "fail", shapes=[shape()]) for n in range(40)]
    shown = lines(*rows, row(COUNT, "fail", shapes=[shape(input="strings")]))
    assert len(shown) <= 50
    assert f"  and {41 - MAX_CAUSES} more causes" in shown


@pytest.mark.parametrize(("severity", "is_said"), [("breaks-clients", True), ("strictness", False)])
def test_other_clients_can_break_although_each_known_one_works(
    severity: str, is_said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = load_clients()[0]
    monkeypatch.setattr(summary, "known_clients", lambda _: {client: Compatibility((), ())})
    shown = lines(row(COUNT, "fail", severity=severity))
    assert f"  works: {client.name}" in shown
    assert any(line.startswith("  Other clients can break") for line in shown) is is_said
