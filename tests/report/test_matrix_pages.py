"""The pages of the matrix: their content, and their safety with hostile reports."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from markdown_it import MarkdownIt

from conformance.contract import load_clients
from conformance.report.matrix.html import MAX_LISTED, MAX_REQUIREMENTS, matrix_html
from conformance.report.matrix.markdown import matrix_markdown
from conformance.report.matrix.model import compare_servers
from conformance.report.matrix.terminal import matrix_overview
from conformance.report.model.headline import headline
from tests.report.documents import document, exchange, row, shape
from tests.report.pages import HOSTILE, Page, hostile

INVISIBLE = ["\x1b", "\u202e", "\u200b", "\ud800", "\x00", "\u2028", "\x9b"]


def named(name: str, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    target = {"url": "http://127.0.0.1:8787/v1", "server_header": "it", "name": name}
    return document(*rows, target=target, **changes)


def html(*documents: dict[str, Any]) -> str:
    return matrix_html(compare_servers(documents, load_clients()))


def markdown(*documents: dict[str, Any], **options: int) -> str:
    return matrix_markdown(compare_servers(documents, load_clients()), **options)


def two() -> list[dict[str, Any]]:
    """A correct server, and one whose response lacks an embedding."""
    item = exchange(expected="2 at /data", actual="1", curl="curl 'http://127.0.0.1/v1/embeddings'")
    few = row(
        "response.count",
        "fail",
        evidence=[item],
        failures=3,
        shapes=[shape(input="strings", encoding_format="base64")],
    )
    command = "embeddings-conformance run http://127.0.0.1:8787/v1 --header 'x: env:X'"
    return [
        named("Right 1.0", row("response.count"), row("http.b", "unsupported"), reproduce=command),
        named("Wrong 2.0", few, row("http.b", "blocked", blocked_by="response.count"), profile="openai"),
    ]


def evil(text: str) -> list[dict[str, Any]]:
    """Two reports in which every text is hostile."""
    item = exchange(probe=text, expected=text, actual=text, curl=text)
    source = {"kind": "prose", "pointer": text, "keyword": text, "quote": text, "reference": text}
    failing = row(
        text, "fail", area=text, title=text, source=source, reason=text, baseline=text, evidence=[item]
    )
    report = hostile(text)
    overlay = {"title": text, "file": text, "skipped": [text]}
    contract = {"file": text, "sha256": "0" * 64, "dropped": [text], "overlays": [overlay]}
    suite = {"name": "embeddings-conformance", "version": text}
    changes = {"profile": text, "contract": contract, "suite": suite, "reproduce": text}
    target = {"url": text, "server_header": text, "name": text + "1"}
    report["requirements"] += [failing, row(text + "2", "blocked", area=text, reason=text)]
    return [{**report, **changes, "target": target}, named("plain", row("a.b"), row("b.a"))]


def test_the_page_has_servers_counts_evidence_clients_and_commands() -> None:
    page = Page(html(*two()))
    for text in (
        "Right 1.0",
        "Wrong 2.0",
        "The profile differs",
        "portkey (A), openai (B)",
        "(the first of 3 failures)",
        "2 at /data",
        "curl 'http://127.0.0.1/v1/embeddings'",
        "embeddings-conformance run http://127.0.0.1:8787/v1 --header 'x: env:X'",
        "The report does not contain the command.",
        "0" * 64,
        "Silently wrong data",
        "2026-01-31 12:00:00 UTC",
    ):
        assert text in page.text, text
    assert "score" in page.text


def test_each_link_inside_the_page_has_a_target() -> None:
    page = Page(html(*two()))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    links = {str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")}
    assert links <= set(ids)
    assert len(ids) == len(set(ids))
    assert {"a.A.response", "f.B.response.count", "c.1.B"} <= links


def test_a_result_is_never_shown_by_color_alone() -> None:
    page = Page(html(*two()))
    assert "Wrong 2.0: failed MUST" in page.text
    assert "✗ failed MUST" in page.text
    for text in ("1 passed", "1 unsupported", "1 blocked"):
        assert text in page.text


def test_the_page_loads_nothing_and_its_policy_allows_no_script() -> None:
    text = html(*two())
    page = Page(text)
    assert not {"link", "img", "script", "iframe", "object", "embed", "base", "form"} & set(page.texts)
    assert not [a for _, a in page.elements if {"src", "srcset", "data", "action", "style"} & set(a)]
    assert "url(" not in text
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    (style,) = page.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_text_of_a_report_never_becomes_an_element_or_an_attribute() -> None:
    plain, attacked = Page(html(*evil("x"))), Page(html(*evil(HOSTILE)))
    forms = [
        [(tag, set(a)) for tag, a in page.elements if tag not in ("pre", "code", "p")]
        for page in (plain, attacked)
    ]
    assert forms[0] == forms[1]
    assert not [name for _, a in attacked.elements for name in a if name.startswith("on")]
    assert "<script>window.pwned=1</script>" in attacked.text


@pytest.mark.parametrize("character", INVISIBLE)
def test_no_format_has_invisible_characters(character: str) -> None:
    overview = "\n".join(
        line.text for line in matrix_overview(compare_servers(evil("x" + HOSTILE), load_clients()))
    )
    assert overview
    for text in (html(*evil(HOSTILE)), markdown(*evil(HOSTILE))):
        assert character not in text


def test_markdown_does_not_interpret_text_of_a_report() -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    rendered = parser.render(markdown(*evil("<script>x</script> | `b` **c** [d](e) ![f](g)\n# h")))
    page = Page(rendered)
    assert not {"script", "img"} & set(page.texts)
    assert not [a for a in page.all("a") if a["href"] == "e"]
    assert "<script>x</script>" in page.text
    rows = [line for line in markdown(*evil("a|b")).splitlines() if line.startswith("| A |")]
    assert len({line.count("|") for line in rows[:1]}) == 1
    assert rows[0].count("|") == 6


def test_the_page_of_a_huge_report_has_a_bounded_size() -> None:
    long = exchange(expected="e" * 10_000, actual="a" * 10_000, curl="c" * 2_900)
    rows = [row(f"a.{n}", "fail", evidence=[long], failures=10**15) for n in range(MAX_REQUIREMENTS + 20)]
    huge = [named(str(number), *rows, *(row(f"b.{n}") for n in range(400))) for number in range(2)]
    text = html(*huge)
    assert len(text.encode()) < 6_000_000
    assert "left out here" in text
    assert "b.399" not in text
    assert "and 20 more; see the reports" in text
    assert f"and {400 - MAX_LISTED} more" in text
    limited = markdown(*huge, limit=200_000)
    assert "more requirements are not shown**" in limited
    assert len(limited.encode()) < 1_000_000


def test_a_command_that_is_too_long_is_not_shown() -> None:
    one = named("a", row("a.b", "fail", evidence=[exchange(curl="curl " + "x" * 9_000)]))
    assert "The command (9,005 characters) is in the report of the run." in html(one)
    assert "xxxx" not in html(one)
    assert "xxxx" not in markdown(one)


def test_an_application_in_process_has_the_command_of_the_suite() -> None:
    rerun = "embeddings-conformance run --app server:app --only http.a"
    report = named("a", row("http.a", "fail", in_process=True, reproduce=rerun))
    for page in (html(report), markdown(report)):
        assert rerun in page
        assert "curl -sS" not in page


def test_a_single_report_makes_a_page() -> None:
    one = named("a", row("a.b"))
    assert "None." in Page(html(one)).text
    assert "None." in markdown(one)
    assert "Different results without a failure" not in html(one)


def test_markdown_has_a_table_of_areas_clients_and_requirements() -> None:
    lines = markdown(*two()).splitlines()
    assert "| A | ✓&nbsp;1 | ∅&nbsp;1 |" in lines
    assert "| B | ✗&nbsp;1 | ⊘&nbsp;1 |" in lines
    assert "| `response.count` | MUST | ✓ | ✗ |" in [
        line.replace("| response.count |", "| `response.count` |") for line in lines
    ]
    links = "[? not known](#client-1-a) | [✗ breaks: silently wrong data](#client-1-b)"
    assert any(line.startswith(f"| openai (Python) | {links} |") for line in lines)
    for place in ("client-1-a", "client-1-b"):
        assert any(line.startswith(f'- <span id="{place}"></span>**') for line in lines)


def test_each_server_has_one_sentence() -> None:
    documents = two()
    page = Page(html(*documents)).text
    for letter, server in zip("AB", documents, strict=True):
        assert f"{letter} {server['target']['name']} {headline(server)}" in page
    lines = markdown(*documents).splitlines()
    assert "- **A** No requirement failed, 1 MUST was not tested." in lines
    (sentence,) = [line for line in lines if line.startswith("- **B**")]
    assert sentence.endswith("; 1 MUST failed, most severe: The title of response.count")


def test_what_is_not_known_has_a_link_to_its_reason() -> None:
    """And a blocked requirement to the one that blocks it."""
    blocked = [
        row("response.count", "blocked", blocked_by="response.type", area="response"),
        row("response.type", "inconclusive", area="response"),
        row("response.json.syntax", "not-tested", area="response"),
    ]
    report = named("Blocked", *blocked)
    page = html(report)
    for id in ("response.count", "response.type", "response.json.syntax"):
        assert f'<a href="#a.A.response"><code>{id}</code></a> (' in page
    assert '(blocked by <a href="#a.A.response"><code>response.type</code></a>)' in page
    assert '<span class="kind">' in page[page.index("not known") :]
    assert "`response.count` (blocked by `response.type`)" in markdown(report)


def test_markdown_begins_with_the_days_of_the_runs() -> None:
    first, second = named("a", row("http.a")), named("b", row("http.a"), started="2026-02-01T12:00:00+00:00")
    assert markdown(first).split("\n\n")[1] == "Measured on 2026-01-31."
    assert markdown(first, second).split("\n\n")[1] == "Measured from 2026-01-31 to 2026-02-01."


def test_markdown_closes_each_section_that_it_opens() -> None:
    text = markdown(*two())
    assert text.count('<details markdown="1">\n<summary>') == text.count("</details>") > 0


def test_the_overview_has_servers_areas_and_clients() -> None:
    text = "\n".join(line.text for line in matrix_overview(compare_servers(two(), load_clients())))
    for part in (
        "A  Right 1.0  (portkey)",
        "B  Wrong 2.0  (openai)",
        "✗ failed MUST",
        "✗ breaks",
        "Note: The profile",
    ):
        assert part in text
    assert "response  ✓1  ✗1" in text
    assert text.endswith(
        "1 failed at one or more servers, 1 with different results but no failure, 0 with the same result everywhere."
    )
