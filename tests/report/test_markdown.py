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

from conformance.exit_codes import Exit
from conformance.report.model import document as module
from conformance.report.render.markdown import LIMIT, code_span, fenced_block, markdown, markdown_text
from conformance.text import visible
from tests.report.documents import document, exchange, row
from tests.sampling import slow

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

OURS = {"<details>", "</details>"}
"""The HTML in a summary, except the line with the title of a section."""

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
    """All text that is not code: the text that a Markdown parser interprets."""
    silent = {"code_inline", "fence", "code_block"}
    return "\n".join(
        token.content for token in tokens(text) if token.type not in silent and not token.children
    )


def everywhere(text: str) -> dict[str, Any]:
    """A report with *text* wherever text of a server or a user can occur."""
    item = exchange(probe=text, expected=text, actual=text, curl=f"curl '{text}'")
    failed = row("http.a", "fail", evidence=[item], reason=text, title=text, baseline=text)
    known = row("http.b", "fail", standing="known", reason=text, baseline=text)
    target = {"url": f"http://h/{text}", "server_header": text}
    return document(failed, row("http.c", "inconclusive", reason=text), known, target=target, profile=text)


def test_documents_of_the_tests_are_valid_reports() -> None:
    schema = json.loads(Path(module.__file__).with_name("report.schema.json").read_text("utf-8"))
    jsonschema.validate(everywhere("x"), schema)


def test_verdict_and_counts_are_at_the_top() -> None:
    summary = markdown(
        document(row("auth.a"), row("auth.b", "fail"), row("http.c", "not-tested", level="should"))
    )
    begin = summary.index("###")
    assert summary.startswith(
        "# Embeddings conformance: nonconformant\n\n❌ The run fails: 1 MUST failed.\n\n"
    )
    assert "| level | pass | fail | not-tested |" in summary[:begin]
    assert "| MUST | 1 | 1 |  |" in summary[:begin]
    assert "| SHOULD |  |  | 1 |" in summary[:begin]
    assert "| auth | 1 | 1 |  |\n| http |  |  | 1 |" in summary[:begin]
    assert "1,156 requests, about 59,342 prompt tokens, in 1.2 s" in summary[:begin]


def test_each_exit_code_has_its_own_sentence() -> None:
    endings = [markdown(document(row("http.a"), exit_code=int(code))).splitlines()[2] for code in Exit]
    assert len(set(endings)) == len(Exit)


def test_a_failure_has_requirement_source_expected_actual_and_curl_command() -> None:
    source = {"kind": "prose", "pointer": "/paths", "quote": "It is so."}
    summary = markdown(document(row("http.a", "fail", source=source, failures=3)))
    assert "### MUST `http.a`: fail" in summary
    assert "**Requirement**: The title of http.a" in summary
    assert '**Source**: `/paths "It is so."`' in summary
    assert "- **Request**: `an empty object`\n- **Expected**: `a 4xx`\n" in summary
    assert "**Actual**: `accepted: 200 {}`" in summary
    assert "**Reproduce** the first of 3 failures:\n\n```sh\ncurl -sS -i -X POST url\n```" in summary


def test_failures_come_most_severe_first() -> None:
    rows = [row("http.may", "fail", level="should"), row("http.must", "fail"), row("http.error", "error")]
    summary = markdown(document(*rows))
    assert summary.index("`http.error`") < summary.index("`http.must`") < summary.index("`http.may`")


def test_a_failure_has_the_number_of_requirements_that_it_blocks() -> None:
    blocked = [row(f"http.{n}", "blocked", blocked_by="auth.a") for n in range(30)]
    summary = markdown(document(row("auth.a", "fail"), *blocked))
    assert "**Blocks**: 30 requirements" in summary
    assert summary.count("###") == 1
    assert "http.7" not in summary
    assert "Fix auth.a first: 30 requirements are blocked by it." in summary


def test_the_severity_follows_the_level() -> None:
    failed = row("http.a", "fail", severity="wrong-data")
    known = row("http.b", "fail", standing="known", severity="billing")
    summary = markdown(document(failed, known))
    assert "### MUST, wrong-data `http.a`: fail" in summary
    assert "- MUST, billing `http.b`: " in summary


def test_requirements_that_are_only_blocked_are_one_line_each() -> None:
    summary = markdown(
        document(row("http.a", "fail"), row("http.b", "blocked", reason="no response contained this field"))
    )
    assert summary.count("###") == 1
    folded = summary.partition("<summary>Blocked requirements, which make the run fail: 1</summary>")[2]
    assert "- MUST `http.b`: `no response contained this field`" in folded


def test_a_stale_baseline_entry_has_its_reason() -> None:
    stale = row("http.a", "pass", standing="bad", baseline="old", reason="stale baseline entry: remove it")
    summary = markdown(document(stale))
    assert "### MUST `http.a`: stale baseline entry" in summary
    assert "**Reason**: `stale baseline entry: remove it`" in summary


def test_further_failures_with_the_same_kind_of_result_are_one_line_each() -> None:
    summary = markdown(document(*(row(f"request.user.{n}", "fail") for n in "abc")))
    assert summary.count("### MUST") == summary.count("curl -sS -i -X POST url") == 1
    listed = summary[summary.index("**Failures that may have the same cause**:") :].splitlines()[2:4]
    assert listed == [f"- MUST `request.user.{n}`: `the reason of request.user.{n}`" for n in "bc"]


def test_known_failures_are_one_line_each_with_their_reasons() -> None:
    summary = markdown(
        document(row("http.a", "fail", standing="known", reason="known failure: we are on it"))
    )
    folded = summary.partition("<details>")[2]
    assert "<summary>Without effect on the exit code: 1</summary>" in folded
    assert "- MUST `http.a`: `known failure: we are on it`\n\n</details>" in folded
    assert "###" not in summary


def test_text_of_a_server_is_not_interpreted() -> None:
    summary = markdown(everywhere(NASTY))
    html = [token.content.strip() for token in tokens(summary) if token.type in {"html_block", "html_inline"}]
    assert {line for block in html for line in block.splitlines() if "<summary>" not in line} == OURS
    assert not kinds(summary) & {
        "link_open",
        "image",
        "em_open",
        "s_open",
        "hr",
        "blockquote_open",
        "code_block",
    }
    assert {"fence", "code_inline", "table_open"} <= kinds(summary)
    for word in ("alert", "someone", "evil", "tada", "bold", "head", "item", "&lt;"):
        assert word in summary
        assert word not in interpreted(summary)


def test_control_characters_are_shown_as_escapes() -> None:
    summary = markdown(everywhere(NASTY)).encode("utf-8").decode()
    assert not [c for c in summary if c != "\n" and not c.isprintable() and c != "\ufe0f"]
    assert "\\x1b[31m" in summary
    assert "\\u202e\\u2066" in summary


@given(hostile)
def test_a_code_span_contains_exactly_its_text(text: str) -> None:
    (paragraph,) = [
        token
        for token in READER.parse(f"- **Actual**: {code_span(text)} for {code_span(text)}")
        if token.children
    ]
    spans = [token.content for token in paragraph.children or () if token.type == "code_inline"]
    if visible(text).strip():
        assert [span.strip() for span in spans] == [visible(text).strip()] * 2
        assert "".join(t.content for t in paragraph.children or () if t.type == "text") == "Actual:  for "


@given(hostile | st.sampled_from(["```", " ```` ", "~~~"]))
def test_a_code_block_contains_exactly_its_text(text: str) -> None:
    (token,) = READER.parse(fenced_block(text, "sh"))
    assert (token.type, token.info, token.content) == ("fence", "sh", visible(text) + "\n")


@given(hostile)
def test_prose_is_plain_or_code(text: str) -> None:
    (paragraph,) = [
        token for token in READER.parse(f"**Requirement**: {markdown_text(text)}") if token.children
    ]
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
def test_prose_with_anything_to_interpret_is_code(text: str) -> None:
    assert markdown_text(text) == f"`{text}`"


def test_an_ordinary_title_is_prose() -> None:
    title = 'A client that accepts any media type gets a response: 200, "as is" (or not)'
    assert markdown_text(title) == title


@pytest.mark.parametrize("character", ["`", *map(slow, ("x", "\U0001f600", "\x00", "\ud800"))])
def test_a_summary_stays_within_its_limit(character: str) -> None:
    text = character * 5_000
    item = exchange(expected=text, actual=text, probe=text, curl=text[:1_000])
    failed = [row(f"http.{n}", "fail", evidence=[item], title=text) for n in range(400)]
    known = [row(f"auth.{n}", "fail", standing="known", reason=text) for n in range(4_000)]
    summary = markdown(document(*failed, *known))
    assert len(summary.encode()) <= LIMIT < 1024 * 1024
    assert "more requirements are not shown** because of the size limit" in summary
    assert summary.count("<details>") == summary.count("</details>") == 1


def test_failures_that_are_not_shown_are_counted() -> None:
    failed = [row(f"http.{n:03}", "fail") for n in range(100)]
    summary = markdown(document(*failed), limit=12_000)
    shown = summary.count("###")
    assert 10 < shown < 100
    assert f"**{100 - shown} more failures are not shown** because of the size limit." in summary
    assert len(summary.encode()) <= 12_000


def test_a_very_long_command_is_not_shown() -> None:
    summary = markdown(document(row("http.a", "fail", evidence=[exchange(curl="x" * 50_000)])))
    assert "the command has 50,000 characters; see the HTML or JSON report" in summary
    assert "```" not in summary
