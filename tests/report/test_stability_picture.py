"""What reports show of the vectors beside a snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import load_clients
from conformance.drift import compare_snapshot, comparison_picture
from conformance.report import FORMATS
from conformance.report.matrix.html import matrix_html
from conformance.report.matrix.markdown import matrix_markdown
from conformance.report.matrix.model import FIDELITY, Matrix, compare_servers
from conformance.report.matrix.terminal import matrix_overview
from conformance.report.model.loader import SCHEMA
from conformance.report.render.stability import cosine_chart, stability_lines, stability_picture
from tests.drift.simulated import blended, correct_snapshot, embedded, observed
from tests.report.documents import document, row

MATRICES = (
    matrix_html,
    matrix_markdown,
    lambda matrix: "\n".join(line.text for line in matrix_overview(matrix)),
)

CHANGED = comparison_picture(
    compare_snapshot(correct_snapshot(), observed(blended(lambda t: embedded(f"query: {t}"), 0.5)))
)
SAME = comparison_picture(compare_snapshot(correct_snapshot(), observed()))


def report(stability: Any) -> dict[str, Any]:
    return document(row("stability.neighbors.single", "fail"), stability=stability)


@pytest.mark.parametrize("found", [CHANGED, SAME])
def test_the_picture_conforms_to_the_schema_of_reports(found: Any) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    part = {**schema["properties"]["stability"], "$defs": schema["$defs"]}
    assert list(Draft202012Validator(part).iter_errors(found)) == []


def test_the_terminal_shows_sentence_cause_kinds_and_worst_texts() -> None:
    lines = [line.text for line in (*stability_lines(report(CHANGED)), *stability_picture(report(CHANGED)))]
    assert lines[0].startswith("Vectors: re-embed: ")
    assert lines[1].startswith("  Likely cause: All vectors move in the same direction")
    text = "\n".join(lines)
    assert all(kind["kind"] in text for kind in CHANGED["kinds"])
    assert all(one["text"] in text for one in CHANGED["worst"])


def test_identical_vectors_have_one_line() -> None:
    assert [line.text for line in stability_lines(report(SAME))] == [
        "Vectors: identical: the vectors are those of the snapshot"
    ]
    assert list(stability_picture(report(SAME))) == []


def test_the_sentence_says_if_only_a_part_of_the_texts_was_compared() -> None:
    found = observed()
    for vectors in found.vectors.values():
        for id in [*vectors][10:]:
            del vectors[id]
    assert comparison_picture(compare_snapshot(correct_snapshot(), found))["sentence"].endswith(
        f"of the snapshot; only 10 of {len(correct_snapshot().vectors)} texts compared"
    )


def test_a_run_without_a_snapshot_shows_nothing() -> None:
    assert list(stability_lines(document())) == list(stability_picture(document())) == []
    assert cosine_chart(document()) is None
    assert 'id="stability"' not in FORMATS["html"](document())


def test_the_page_has_the_chart_and_escapes_texts() -> None:
    worst = [{**CHANGED["worst"][0], "text": "<script>alert(1)</script>"}]
    page = FORMATS["html"](report({**CHANGED, "worst": worst}))
    assert 'id="stability"' in page
    assert page.count('<g class="box">') >= len(CHANGED["kinds"])
    assert "<script>alert(1)" not in page


def test_the_places_of_a_chart_are_within_it() -> None:
    chart = cosine_chart(report(CHANGED))
    assert chart is not None
    for box in chart.boxes:
        parts = [box.minimum, box.lower_quartile, box.median, box.upper_quartile, box.maximum]
        assert parts == sorted(parts)
        assert 0 <= parts[0] <= parts[-1] <= 100


def test_markdown_has_the_sentence_and_the_cause() -> None:
    text = FORMATS["markdown"](report(CHANGED))
    assert "re-embed" in text
    assert "Likely cause" in text


@pytest.mark.parametrize("render", MATRICES)
def test_the_matrix_has_the_vectors_of_the_servers_that_were_tested_with_a_snapshot(
    render: Callable[[Matrix], str],
) -> None:
    page = render(compare_servers([report(CHANGED), report(SAME), document(row("a.b"))], load_clients()))
    single = next(form for form in CHANGED["forms"] if form["form"] == "single")
    for text in (*FIDELITY, "re-embed", "identical", f"{single['least_cosine']:.6f}", "1.000000", "100%"):
        assert text in page
    assert not any(
        name in render(compare_servers([document(row("a.b"))], load_clients())) for name in FIDELITY
    )
