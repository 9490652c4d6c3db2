"""A hostile target cannot affect the HTML report."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys

import pytest

from conformance.report.render.html import html
from conformance.report.render.page import MAX_CURL
from tests.report.documents import exchange, row
from tests.report.pages import HOSTILE, Page, full, hostile
from tests.sampling import slow


def test_the_page_loads_nothing() -> None:
    text = html(full())
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "use"} & set(page.texts)
    assert not [a for _, a in page.elements if {"src", "srcset", "data", "action", "style"} & set(a)]
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_allows_only_the_style_and_the_script_of_the_page() -> None:
    page = Page(html(full()))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for tag in ("style", "script"):
        (text,) = page.texts[tag]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_text_of_the_target_never_becomes_an_element_or_an_attribute() -> None:
    plain, attacked = Page(html(hostile("x"))), Page(html(hostile(HOSTILE)))
    assert [tag for tag, _ in attacked.elements] == [tag for tag, _ in plain.elements]
    assert [set(a) for _, a in attacked.elements] == [set(a) for _, a in plain.elements]
    assert not [name for _, a in attacked.elements for name in a if name.startswith("on")]
    assert "<script>window.pwned=1</script>" in attacked.text


@pytest.mark.parametrize("character", ["\x1b", "\u202e", "\u200b", "\ud800", "\x00", "\u2028", "\x9b"])
def test_invisible_characters_are_shown_as_escapes(character: str) -> None:
    text = html(hostile(HOSTILE))
    assert character not in text
    assert repr(character)[1:-1] in text


def test_a_body_keeps_its_lines_and_a_header_cannot_start_one() -> None:
    response = {"status": 502, "headers": [["x-a", "1\nx-b: 2"]], "body": "Bad\n gate\tway", "seconds": 0.1}
    page = Page(html(full(requirements=[row("http.a", "fail", evidence=[exchange(response=response)])])))
    assert page.texts["pre"][2] == "502 after 0.1 s\nx-a: 1\\nx-b: 2\n\nBad\n gate\\tway\n"


@pytest.mark.parametrize("words", [HOSTILE, slow('"'), slow("\U000e0001")])
def test_the_page_stays_under_5_mb_if_each_text_has_10_mb(words: str) -> None:
    length = 10_000_000 // len(words) * len(words)
    text = html(hostile(words * (length // len(words)), requirements=200))
    assert len(text.encode()) < 5_000_000
    assert re.search(r"This page leaves out \d+ exchanges", text)
    assert f"({length:,} characters)" in text
    assert "and 280 more headers" in text
    assert "<h4>Exchange 1:" in text[text.index('id="f.http.r0"') : text.index('id="f.http.r1"')]


def test_a_small_page_leaves_nothing_out() -> None:
    assert "leaves out" not in html(full())


def test_a_curl_command_is_shown_unchanged() -> None:
    line = """curl -H "x: $KEY" --data-binary '{"input":"<b>&amp;"}' 'http://127.0.0.1/?a=1&b=2'"""
    page = Page(html(full(requirements=[row("http.a", "fail", evidence=[exchange(curl=line)])])))
    assert line in page.texts["code"]


@pytest.mark.parametrize("line", ["curl " + "x" * MAX_CURL, "curl 'a\x00b'", "curl '\ud800'"])
def test_a_curl_command_that_cannot_be_shown_unchanged_is_left_out(line: str) -> None:
    text = html(full(requirements=[row("http.a", "fail", evidence=[exchange(curl=line)])]))
    assert 'class="copy"' not in text
    assert f"The curl command ({len(line):,} characters) cannot be shown here in full" in text


def test_importing_the_report_loads_no_template_engine() -> None:
    code = "import sys, conformance.report, conformance.report.render.html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
