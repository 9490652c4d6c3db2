from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.report import Exit
from conformance.report.model import document as module
from conformance.report.render.markdown import LIMIT, code, fenced, markdown, prose
from conformance.report.render.text import visible
from tests.report.documents import document, exchange, row

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

OURS = {"<details>", "</details>"}
"""The HTML that a summary holds, but for the line that says what is folded."""

NASTY = (
    "</code></details><script>alert(1)</script> **bold** [a](javascript:b) ![c](http://d/e) @someone #12 "
    "`x` ```` y http://evil.example www.evil.example | cell | :tada: &lt; \\` <!-- "
    "\u202e\u2066 \x1b[31m\ud800\n# head\n- item"
)

hostile = st.text(st.sampled_from("`~|<>&*_[]()!\\#@: \n\r\t-x1\u202e\x1b\ud800\ufffe"), max_size=40)


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def interpreted(text: str) -> str:
    """All that is no code: what a reader of Markdown works on."""
    silent = {"code_inline", "fence", "code_block"}
    return "\n".join(
        token.content for token in tokens(text) if token.type not in silent and not token.children
    )


def everywhere(said: str) -> dict[str, Any]:
    """A report in which *said* stands wherever a server's or a user's words can."""
    came = exchange(probe=said, expected=said, actual=said, curl=f"curl '{said}'")
    failed = row("http.a", "fail", evidence=[came], reason=said, title=said, baseline=said)
    known = row("http.b", "fail", standing="known", reason=said, baseline=said)
    target = {"url": f"http://h/{said}", "server_header": said}
    return document(failed, row("http.c", "inconclusive", reason=said), known, target=target, profile=said)


def test_documents_made_by_hand_are_reports() -> None:
    schema = json.loads(Path(module.__file__).with_name("report.schema.json").read_text("utf-8"))
    jsonschema.validate(everywhere("x"), schema)


def test_verdict_and_counts_stand_at_the_top() -> None:
    said = markdown(
        document(row("auth.a"), row("auth.b", "fail"), row("http.c", "not-tested", level="should"))
    )
    begin = said.index("###")
    assert said.startswith(
        "# Embeddings conformance: nonconformant\n\n❌ **The run fails.** Requirements that fail it: 1."
    )
    assert "| level | pass | fail | not-tested |" in said[:begin]
    assert "| MUST | 1 | 1 |  |" in said[:begin]
    assert "| SHOULD |  |  | 1 |" in said[:begin]
    assert "| auth | 1 | 1 |  |\n| http |  |  | 1 |" in said[:begin]
    assert "1,156 requests, about 59,342 prompt tokens, in 1.2 s" in said[:begin]


def test_each_exit_code_has_its_word() -> None:
    said = [markdown(document(row("http.a"), exit_code=int(code))).splitlines()[2] for code in Exit]
    assert len(set(said)) == len(Exit)


def test_a_failure_says_what_was_expected_what_came_where_it_is_written_and_how_to_see_it_again() -> None:
    source = {"kind": "prose", "pointer": "/paths", "quote": "It is so."}
    said = markdown(document(row("http.a", "fail", source=source, failures=3)))
    assert "### MUST `http.a`: fail" in said
    assert "**Requirement**: The title of http.a" in said
    assert '**Source**: `/paths "It is so."`' in said
    assert "**Expected**: `a 4xx` for `an empty object`" in said
    assert "**Actual**: `accepted: 200 {}`" in said
    assert "**Reproduce** the first of 3 exchanges:\n\n```sh\ncurl -sS -i -X POST url\n```" in said


def test_failures_come_worst_first() -> None:
    rows = [row("http.may", "fail", level="should"), row("http.must", "fail"), row("http.broke", "error")]
    said = markdown(document(*rows))
    assert said.index("`http.broke`") < said.index("`http.must`") < said.index("`http.may`")


def test_blocked_requirements_are_a_number_under_what_blocks_them() -> None:
    blocked = [row(f"http.{n}", "blocked", blocked_by="auth.a") for n in range(30)]
    said = markdown(document(row("auth.a", "fail"), *blocked))
    assert "**Blocks**: 30 more, which could not be judged" in said
    assert said.count("###") == 1
    assert "http.7" not in said
    assert "Begin with auth.a: 30 more wait for it." in said


def test_what_no_answer_let_be_seen_is_folded_to_a_line_each() -> None:
    said = markdown(
        document(row("http.a", "fail"), row("http.b", "blocked", reason="no answer lets it show"))
    )
    assert said.count("###") == 1
    folded = said.partition("<summary>Could not be judged, which fails the run: 1</summary>")[2]
    assert "- MUST `http.b`: `no answer lets it show`" in folded


def test_a_requirement_that_passes_unexpectedly_is_shown_with_what_to_do() -> None:
    stale = row("http.a", "pass", standing="bad", baseline="old", reason="stale: take it out of the baseline")
    said = markdown(document(stale))
    assert "### MUST `http.a`: stale in the baseline" in said
    assert "**Reason**: `stale: take it out of the baseline`" in said


def test_known_failures_are_folded_with_their_reasons() -> None:
    said = markdown(document(row("http.a", "fail", standing="known", reason="known failure: we are on it")))
    folded = said.partition("<details>")[2]
    assert "<summary>Known failures, and those below the failing level: 1</summary>" in folded
    assert "- MUST `http.a`: `known failure: we are on it`\n\n</details>" in folded
    assert "###" not in said


def test_nothing_that_a_server_says_is_interpreted() -> None:
    said = markdown(everywhere(NASTY))
    html = [token.content.strip() for token in tokens(said) if token.type in {"html_block", "html_inline"}]
    assert {line for block in html for line in block.splitlines() if "<summary>" not in line} == OURS
    assert not kinds(said) & {
        "link_open",
        "image",
        "em_open",
        "s_open",
        "hr",
        "blockquote_open",
        "code_block",
    }
    assert {"fence", "code_inline", "table_open"} <= kinds(said)
    for word in ("alert", "someone", "evil", "tada", "bold", "head", "item", "&lt;"):
        assert word in said
        assert word not in interpreted(said)


def test_control_characters_are_visible_and_all_can_be_encoded() -> None:
    said = markdown(everywhere(NASTY)).encode("utf-8").decode()
    assert not [c for c in said if c != "\n" and not c.isprintable() and c != "\ufe0f"]
    assert "\\x1b[31m" in said
    assert "\\u202e\\u2066" in said


@given(hostile)
def test_a_code_span_holds_its_text_and_nothing_else(text: str) -> None:
    (paragraph,) = [
        token for token in READER.parse(f"- **Actual**: {code(text)} for {code(text)}") if token.children
    ]
    spans = [token.content for token in paragraph.children or () if token.type == "code_inline"]
    if visible(text).strip():
        assert [span.strip() for span in spans] == [visible(text).strip()] * 2
        assert "".join(t.content for t in paragraph.children or () if t.type == "text") == "Actual:  for "


@given(hostile | st.sampled_from(["```", " ```` ", "~~~"]))
def test_a_fence_holds_its_text_and_nothing_else(text: str) -> None:
    (token,) = READER.parse(fenced(text, "sh"))
    assert (token.type, token.info, token.content) == ("fence", "sh", visible(text) + "\n")


@given(hostile)
def test_prose_is_plain_or_code(text: str) -> None:
    (paragraph,) = [token for token in READER.parse(f"**Requirement**: {prose(text)}") if token.children]
    assert {token.type for token in paragraph.children or ()} <= {
        "strong_open",
        "strong_close",
        "text",
        "code_inline",
    }
    assert not set("@#_*<>[]`~\\") & set(
        "".join(t.content for t in paragraph.children or () if t.type == "text")
    )


@pytest.mark.parametrize(
    "text", ["see www.a.example", "WWW.A", "to http://h", "a :tada: b", "x@y", "#1", "a_b_c", "é"]
)
def test_prose_with_something_to_find_in_it_is_code(text: str) -> None:
    assert prose(text) == f"`{text}`"


def test_ordinary_titles_stay_prose() -> None:
    title = 'A client that accepts any media type is served: with 200, "as is" (or not)'
    assert prose(title) == title


@pytest.mark.parametrize("character", ["x", "`", "\U0001f600", "\x00", "\ud800"])
def test_a_summary_stays_within_its_limit_whatever_the_run(character: str) -> None:
    words = character * 5_000
    came = exchange(expected=words, actual=words, probe=words, curl=words[:1_000])
    failed = [row(f"http.{n}", "fail", evidence=[came], title=words) for n in range(400)]
    known = [row(f"auth.{n}", "fail", standing="known", reason=words) for n in range(4_000)]
    said = markdown(document(*failed, *known))
    assert len(said.encode()) <= LIMIT < 1024 * 1024
    assert "more of these**, for want of room" in said
    assert said.count("<details>") == said.count("</details>") == 1


def test_what_is_cut_is_counted() -> None:
    failed = [row(f"http.{n:03}", "fail") for n in range(100)]
    said = markdown(document(*failed), limit=12_000)
    shown = said.count("###")
    assert 10 < shown < 100
    assert f"**Not shown: {100 - shown} more failures**, for want of room. The HTML and JSON reports" in said
    assert len(said.encode()) <= 12_000


def test_a_command_that_nobody_can_read_is_not_shown() -> None:
    said = markdown(document(row("http.a", "fail", evidence=[exchange(curl="x" * 50_000)])))
    assert "its command has 50,000 characters; the HTML and JSON reports have it" in said
    assert "```" not in said
