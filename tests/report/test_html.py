from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from jinja2 import UndefinedError

from conformance.report.model import document as document_module
from conformance.report.model.hints import likely_cause
from conformance.report.model.root_causes import first_fix
from conformance.report.render.html import html
from tests.report.documents import document, row, shape
from tests.report.pages import CREDENTIALS, Page, full, hostile


def positions(page: str, *ids: str) -> list[int]:
    return [page.index(f'id="f.{id}"') for id in ids]


def test_documents_of_the_tests_are_valid_reports() -> None:
    schema = json.loads(Path(document_module.__file__).with_name("report.schema.json").read_text("utf-8"))
    jsonschema.validate(full(), schema)
    jsonschema.validate(hostile("x"), schema)


@pytest.mark.parametrize("key", sorted(set(full()) - {"format"}))
def test_a_document_without_one_of_its_fields_is_not_rendered(key: str) -> None:
    report = full()
    del report[key]
    with pytest.raises((KeyError, TypeError, UndefinedError)):
        html(report)


def test_the_top_of_the_page_has_the_result_and_the_facts_of_the_run() -> None:
    text = Page(html(full(interrupted=True, exit_code=2, seed=77))).text
    top = text[: text.index("These requirements make the run fail")]
    for part in (
        "Nonconformant",
        "http://127.0.0.1:8787/v1",
        '1 MUST and 1 SHOULD failed, most severe: "The title of http.c".',
        "So far: 1 MUST failed, 1 MUST is blocked. Known failures in the baseline: 1 SHOULD failed."
        " Passed: 1 of 5 requirements.",
        "Exit code 2: the run was interrupted, or its time limit ended it.",
        "http 2 fail, 1 pass",
        "1 cause MUST The title of http.c",
    ):
        assert part in top
    run = text[text.index("Requirements by verdict and level") :]
    for part in (
        "contract.yaml",
        "Profile portkey",
        "Seed 77",
        "Requests 1,156",
        "about 59,342",
        "Duration 1.2 s",
        "Interrupted yes",
        "fail 1 1 0",
    ):
        assert part in run


def test_the_page_names_the_failure_to_fix_first() -> None:
    report = document(
        row("a.first", "fail"), *(row(f"a.{i}", "blocked", blocked_by="a.first") for i in range(3))
    )
    text = Page(html(report)).text
    assert first_fix(report)
    assert text.index(first_fix(report)) < text.index("These requirements make the run fail")


def test_a_cause_is_shown_once_and_its_further_requirements_in_one_line_each() -> None:
    ids = ["request.user.type", "request.user.null", "property.invalid"]
    page = html(document(*(row(id, "fail", severity="strictness") for id in ids)))
    assert page.count('<details class="cause bad"') == 1
    assert page.count('<details class="exchange"') == 1
    for id in ids[1:]:
        line = page[page.index(f'<li id="f.{id}">') :].partition("</li>")[0]
        assert f'<a href="#r.{id}">The title of {id}</a>' in line
        listed = page[page.index(f'<details id="r.{id}">') :].partition("</details>")[0]
        assert "Expected</dt><dd>a 4xx" in listed
        assert "curl -sS -i -X POST url" in listed
        assert "show cause 1" in listed
    assert "1 cause MUST strictness The title of request.user.type" in Page(page).text
    assert "the same result: 2 more requirements" in page


def test_a_cause_has_its_hint_at_the_top_and_in_full() -> None:
    text = Page(html(document(row("response.count", "fail")))).text
    hint = likely_cause(row("response.count", "fail"))
    assert hint
    assert text.count(f"Hint {hint}") == 2


def test_clients_come_with_the_numbers_of_their_causes() -> None:
    broken = row(
        "response.count",
        "fail",
        severity="wrong-data",
        shapes=[shape(input="strings", encoding_format="base64")],
    )
    again = row(
        "response.type",
        "fail",
        severity="wrong-data",
        shapes=[shape(input="strings", encoding_format="base64")],
    )
    minor = row("http.method.get", "fail", severity="strictness")
    page = html(document(minor, broken, again))
    table = page[page.index('<table class="clients-of"') :].partition("</table>")[0]
    assert "openai (Python)" in table
    assert re.search(r'<a href="#f.response.count"[^>]* aria-label="cause 1: response.count">1</a>', table)
    assert ">2</a>" in table
    assert "http.method.get" not in table
    assert page.index("clients-of") < page.index('<ol class="overview">') < page.index('id="causes"')
    assert "Breaks openai (Python)" in Page(page).text


def test_a_client_that_is_not_known_has_the_reason() -> None:
    known = row("response.count", "fail", shapes=[shape(input="strings")])
    rows = [known, row("response.order", "blocked", blocked_by="response.count")]
    page = html(document(*rows, row("response.json.syntax", "not-tested")))
    table = page[page.index('<table class="clients-of"') :].partition("</table>")[0]
    unknown = [line for line in table.split("<tr") if "not known" in line]
    assert all(
        "(not in this report)" in line or "(not tested)" in line or "cause" in line for line in unknown
    )


def test_the_strip_names_each_area_with_its_numbers() -> None:
    page = html(full())
    strip = page[page.index('<ul class="strip"') :].partition("</ul>")[0]
    assert re.sub(r"<[^>]*>", " ", strip).split() == [
        *("http", "2", "fail,", "1", "pass"),
        *("auth", "1", "blocked,", "1", "not-tested"),
    ]
    assert strip.count("<svg") == strip.count('aria-hidden="true"') == 2
    assert strip.count('class="bad"') == 2


def test_failures_come_most_severe_first() -> None:
    rows = [
        row("a.known-should", "fail", level="should", standing="known"),
        row("a.known-must", "fail", standing="known"),
        row("a.should", "fail", level="should"),
        row("a.stale", standing="bad"),
        row("a.must", "fail"),
    ]
    page = html(document(*rows))
    places = positions(page, "a.must", "a.stale", "a.should", "a.known-must", "a.known-should")
    assert places == sorted(places)


def test_blocked_requirements_are_under_the_failure_that_blocks_them() -> None:
    rows = [row("a.waits", "blocked", blocked_by="a.first"), row("a.other", "fail"), row("a.first", "fail")]
    page = html(document(*rows))
    assert positions(page, "a.first") < positions(page, "a.other")
    assert 'id="f.a.waits"' not in page
    under = page[page.index('id="f.a.first"') : page.index('id="f.a.other"')]
    assert "Blocked requirements" in under
    assert "The title of a.waits" in under


def test_a_failure_has_requirement_source_expected_actual_and_curl_command() -> None:
    text = Page(html(full())).text
    shown = text[text.index("These requirements make the run fail") : text.index("Blocked requirements")]
    assert "Requirement The title of http.c" in shown
    assert "Source /info (description in the contract) be good" in shown
    assert "Expected a 4xx Actual accepted: 200 {} Reproduce" in shown
    assert "curl -sS -i -X POST url" in shown
    assert "POST http://127.0.0.1:8787/v1/embeddings" in shown
    assert "200 after 0.25 s server: it {}" in shown


def test_a_failure_and_its_row_have_the_severity_if_the_report_has_it() -> None:
    text = Page(html(document(row("http.a", "fail", severity="wrong-data"), row("http.b", "fail")))).text
    assert text.count("MUST wrong-data The title of http.a") == 3
    assert text.count("Severity wrong-data: clients get wrong vectors, and no error") == 1
    assert text.count("Severity") == 1


def test_every_requirement_has_a_row_with_the_filter_values() -> None:
    report = full()
    rows = [a for a in Page(html(report)).all("li") if a.get("class") == "row"]
    assert [(a["data-area"], a["data-level"], a["data-verdict"]) for a in rows] == [
        (r["area"], r["level"], r["verdict"]) for r in report["requirements"]
    ]


def test_the_page_has_baseline_errata_payloads_and_dropped_requirements() -> None:
    overlay = {"title": "Errata", "file": "errata.yaml", "skipped": ["$.paths: matched nothing"]}
    contract = {"file": "own.yaml", "sha256": "a" * 64, "overlays": [overlay], "dropped": ["http.dropped"]}
    text = Page(html(full(contract=contract))).text
    for part in (
        "http.b ✗ fail ticket 4711",
        "Base64 violates the schema It is allowed.",
        "valid, to accept 22",
        "http.dropped",
        "skipped: $.paths: matched nothing",
        "a" * 64,
    ):
        assert part in text


def test_the_sets_of_credentials_are_text_too() -> None:
    text = Page(html(full())).text
    assert "4 sets of credentials: 1 must be accepted, 3 must be rejected." in text
    assert "Unexpected results: 2." in text
    assert "accepted expected rejected, answered 200: no credentials" in text
    assert "neither expected rejected, no response: x-key" in text
    assert "A B accepted accepted 200" in text


def test_accepted_anonymous_requests_come_before_other_unexpected_results() -> None:
    text = Page(html(full())).text
    assert text.index("accepted expected rejected") < text.index("neither expected rejected")


def test_only_the_unexpected_ones_of_very_many_sets_are_listed() -> None:
    schemes = [{"name": f"S{i}", "header": f"x-{i}"} for i in range(9)]
    expected = {"schemes": ["S1"], "expected": "refused", "found": "refused", "status": 401}
    unexpected = {"schemes": ["S2", "S3"], "expected": "refused", "found": "accepted", "status": 200}
    whole = {
        "schemes": [one["name"] for one in schemes],
        "expected": "accepted",
        "found": "accepted",
        "status": 200,
    }
    text = html(full(credentials={"schemes": schemes, "sets": [expected, unexpected, whole]}))
    assert 'class="matrix"' not in text
    assert "9 schemes have too many sets for a chart" in text
    assert "answered 200: x-2 + x-3" in Page(text).text


def test_the_chart_has_only_the_credentials_that_were_given() -> None:
    """The suite sends made-up values of the others; a result that must not be is listed all the same."""
    schemes = [*CREDENTIALS["schemes"], {"name": "Other", "header": "x-other"}]
    let_in = {"schemes": ["Other"], "expected": "refused", "found": "accepted", "status": 200}
    rest = [
        {"schemes": [*one["schemes"], "Other"], "expected": one["expected"], "found": None, "status": None}
        for one in CREDENTIALS["sets"]
        if one["schemes"]
    ]
    credentials = {"schemes": schemes, "sets": [*CREDENTIALS["sets"], let_in, *rest]}
    page = html(full(credentials=credentials))
    assert page.count('<g class="cell') == 4 + len("legend")
    text = Page(page).text
    assert "5 sets of credentials: 1 must be accepted, 4 must be rejected." in text
    assert "made-up values of x-other ." in text
    assert "accepted expected rejected, answered 200: x-other" in text


def test_without_valid_credentials_there_is_no_chart() -> None:
    sets = [one for one in CREDENTIALS["sets"] if one["expected"] == "refused"]
    page = html(full(credentials={**CREDENTIALS, "sets": sets}))
    assert 'class="matrix"' not in page
    assert "no set of valid credentials was tested" in Page(page).text


def test_the_latency_is_a_table_too() -> None:
    page = Page(html(full()))
    assert "http 20 0.0010 0.0020 0.0042 0.0100 0.1000 1.0000" in page.text
    assert "No response time was measured." in Page(html(full(latency=[]))).text


def test_response_times_during_the_run_are_drawn_if_the_report_has_them() -> None:
    title = "Response times during the run"
    drawn = html(full(canaries=[{"after": 0.5 * n, "seconds": 0.1} for n in range(7)]))
    assert title in Page(drawn).text
    assert drawn.count('r="2"/>') == 7
    assert title not in Page(html(full())).text


def test_heading_levels_have_no_gaps_and_ids_are_unique() -> None:
    page = Page(html(full()))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        named = (attributes.get("aria-labelledby") or "").split()
        assert set(named) <= set(ids)
        if (attributes.get("href") or "").startswith("#"):
            assert str(attributes["href"])[1:] in ids


def test_every_control_has_a_name_and_every_header_cell_a_scope() -> None:
    page = Page(html(full()))
    labelled = {a["for"] for a in page.all("label")}
    controls = [*page.all("select"), *page.all("input")]
    assert len(controls) == 4
    assert {a["id"] for a in controls} == labelled
    assert all(a["scope"] in ("row", "col") for a in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
