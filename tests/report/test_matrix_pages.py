"""The page of servers side by side: what it shows, and what a hostile report can do to it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from markdown_it import MarkdownIt

from conformance.contract import load_clients
from conformance.report.matrix.html import MOST_LINES, MOST_LISTED, matrix_html
from conformance.report.matrix.markdown import matrix_markdown
from conformance.report.matrix.model import matrix
from conformance.report.matrix.terminal import matrix_overview
from tests.report.documents import document, exchange, row, shape
from tests.report.pages import HOSTILE, Page, hostile

INVISIBLE = ["\x1b", "\u202e", "\u200b", "\ud800", "\x00", "\u2028", "\x9b"]


def named(name: str, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    target = {"url": "http://127.0.0.1:8787/v1", "server_header": "it", "name": name}
    return document(*rows, target=target, **changes)


def html(*documents: dict[str, Any]) -> str:
    return matrix_html(matrix(documents, load_clients()))


def markdown(*documents: dict[str, Any], **options: int) -> str:
    return matrix_markdown(matrix(documents, load_clients()), **options)


def two() -> list[dict[str, Any]]:
    """A server that is right, and one that sends one embedding too few."""
    refused = exchange(expected="2 at /data", actual="1", curl="curl 'http://127.0.0.1/v1/embeddings'")
    few = row("response.count", "fail", evidence=[refused], failures=3, shapes=[shape(input="strings")])
    command = "embeddings-conformance run http://127.0.0.1:8787/v1 --header 'x: env:X'"
    return [
        named("Right 1.0", row("response.count"), row("http.b", "unsupported"), reproduce=command),
        named("Wrong 2.0", few, row("http.b", "blocked", blocked_by="response.count"), profile="openai"),
    ]


def evil(text: str) -> list[dict[str, Any]]:
    """Two reports in which every text is hostile."""
    said = exchange(probe=text, expected=text, actual=text, curl=text)
    source = {"kind": "prose", "pointer": text, "keyword": text, "quote": text, "reference": text}
    wrong = row(
        text, "fail", area=text, title=text, source=source, reason=text, baseline=text, evidence=[said]
    )
    told = hostile(text)
    overlay = {"title": text, "file": text, "skipped": [text]}
    contract = {"file": text, "sha256": "0" * 64, "dropped": [text], "overlays": [overlay]}
    suite = {"name": "embeddings-conformance", "version": text}
    changes = {"profile": text, "contract": contract, "suite": suite, "reproduce": text}
    target = {"url": text, "server_header": text, "name": text + "1"}
    told["requirements"] += [wrong, row(text + "2", "blocked", area=text, reason=text)]
    return [{**told, **changes, "target": target}, named("calm", row("a.b"), row("b.a"))]


def test_a_page_shows_servers_counts_evidence_clients_and_how_to_repeat() -> None:
    page = Page(html(*two()))
    for text in (
        "Right 1.0",
        "Wrong 2.0",
        "The profile is not the same",
        "portkey (A), openai (B)",
        "(the first of 3 exchanges)",
        "2 at /data",
        "curl 'http://127.0.0.1/v1/embeddings'",
        "embeddings-conformance run http://127.0.0.1:8787/v1 --header 'x: env:X'",
        "The report does not say how.",
        "0" * 64,
        "Silently wrong data",
        "2026-01-31 12:00:00 UTC",
    ):
        assert text in page.text, text
    assert "score" in page.text


def test_each_link_inside_the_page_leads_somewhere() -> None:
    page = Page(html(*two()))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    links = {str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")}
    assert links <= set(ids)
    assert len(ids) == len(set(ids))
    assert {"a.A.response", "f.B.response.count", "c.1.B"} <= links


def test_a_mark_is_never_a_colour_alone() -> None:
    page = Page(html(*two()))
    assert "Wrong 2.0: failed MUST" in page.text
    assert "✗ failed MUST" in page.text
    for text in ("1 passed", "1 unsupported", "1 blocked"):
        assert text in page.text


def test_the_page_names_nothing_to_load_and_its_policy_lets_no_script_run() -> None:
    text = html(*two())
    page = Page(text)
    assert not {"link", "img", "script", "iframe", "object", "embed", "base", "form"} & set(page.texts)
    assert not [a for _, a in page.elements if {"src", "srcset", "data", "action", "style"} & set(a)]
    assert "url(" not in text
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    (style,) = page.texts["style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_nothing_that_a_report_says_becomes_an_element_or_an_attribute() -> None:
    calm, loud = Page(html(*evil("x"))), Page(html(*evil(HOSTILE)))
    forms = [
        [(tag, set(a)) for tag, a in page.elements if tag not in ("pre", "code", "p")]
        for page in (calm, loud)
    ]
    assert forms[0] == forms[1]
    assert not [name for _, a in loud.elements for name in a if name.startswith("on")]
    assert "<script>window.pwned=1</script>" in loud.text


@pytest.mark.parametrize("character", INVISIBLE)
def test_no_form_has_characters_that_are_not_seen(character: str) -> None:
    overview = "\n".join(line.text for line in matrix_overview(matrix(evil("x" + HOSTILE), load_clients())))
    assert overview
    for text in (html(*evil(HOSTILE)), markdown(*evil(HOSTILE))):
        assert character not in text


def test_markdown_interprets_nothing_that_a_report_says() -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    rendered = parser.render(markdown(*evil("<script>x</script> | `b` **c** [d](e) ![f](g)\n# h")))
    page = Page(rendered)
    assert not {"script", "img"} & set(page.texts)
    assert not [a for a in page.all("a") if a["href"] == "e"]
    assert "<script>x</script>" in page.text
    rows = [line for line in markdown(*evil("a|b")).splitlines() if line.startswith("| A |")]
    assert len({line.count("|") for line in rows[:1]}) == 1
    assert rows[0].count("|") == 6


def test_a_huge_report_makes_a_page_of_bounded_size() -> None:
    long = exchange(expected="e" * 10_000, actual="a" * 10_000, curl="c" * 2_900)
    rows = [row(f"a.{n}", "fail", evidence=[long], failures=10**15) for n in range(MOST_LINES + 20)]
    huge = [named(str(number), *rows, *(row(f"b.{n}") for n in range(400))) for number in range(2)]
    text = html(*huge)
    assert len(text.encode()) < 6_000_000
    assert "left out here" in text
    assert "b.399" not in text
    assert "and 20 more; the reports" in text
    assert f"and {400 - MOST_LISTED} more" in text
    told = markdown(*huge, limit=200_000)
    assert "**Not shown: " in told
    assert len(told.encode()) < 1_000_000


def test_a_command_that_is_too_long_is_not_shown_in_part() -> None:
    one = named("a", row("a.b", "fail", evidence=[exchange(curl="curl " + "x" * 9_000)]))
    assert "The curl line (9005 characters) is in the report of the run." in html(one)
    assert "xxxx" not in html(one)
    assert "xxxx" not in markdown(one)


def test_one_report_alone_makes_a_page() -> None:
    one = named("a", row("a.b"))
    assert "None." in Page(html(one)).text
    assert "None." in markdown(one)
    assert "Judged differently" not in html(one)


def test_markdown_has_a_table_of_areas_clients_and_requirements() -> None:
    lines = markdown(*two()).splitlines()
    assert "| A | ✓&nbsp;1 | ∅&nbsp;1 |" in lines
    assert "| B | ✗&nbsp;1 | ⊘&nbsp;1 |" in lines
    assert "| `response.count` | MUST | ✓ | ✗ |" in [
        line.replace("| response.count |", "| `response.count` |") for line in lines
    ]
    assert any(
        line.startswith("| openai (Python) | ? not known | ✗ breaks: silently wrong data |") for line in lines
    )


def test_markdown_opens_and_closes_each_part_that_folds() -> None:
    text = markdown(*two())
    assert text.count('<details markdown="1">\n<summary>') == text.count("</details>") > 0


def test_the_overview_names_servers_areas_and_clients() -> None:
    text = "\n".join(line.text for line in matrix_overview(matrix(two(), load_clients())))
    for part in (
        "A  Right 1.0  (portkey)",
        "B  Wrong 2.0  (openai)",
        "✗ failed MUST",
        "✗ breaks",
        "Note: The profile",
    ):
        assert part in text
    assert "response  ✓1  ✗1" in text
    assert text.endswith("Requirements: 1 fail somewhere, 1 more differ, 0 are alike.")
