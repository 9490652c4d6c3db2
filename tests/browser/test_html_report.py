"""What the HTML report does in a real Chromium: nothing for the target, everything for its reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.report.render.html import html
from tests.browser.pages import Open, many, shown_rows, unfold
from tests.report.pages import HOSTILE, full, hostile

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_it_opens_from_a_file_and_asks_for_nothing(show: Open) -> None:
    page = show(full())
    assert page.locator("h1").inner_text() == "✗ Nonconformant"
    assert page.locator("#filter").is_visible()


def test_nothing_that_the_target_said_runs(show: Open) -> None:
    page = show(hostile(HOSTILE, requirements=3))
    unfold(page)
    for element in page.locator("summary, pre, a").all()[:60]:
        element.dispatch_event("mouseover")
    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 0
    assert "onerror=window.pwned" in page.locator(".cause").first.inner_text()


def test_a_script_beside_the_page_s_own_would_not_run(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "planted.html"
    planted = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
    file.write_text(html(full()).replace("</main>", planted + "</main>"), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("window.pwned") is None
    assert page.locator("#filter").is_visible()
    page.close()


@pytest.mark.parametrize(
    ("field", "value", "ids"),
    [
        ("Area", "auth", ["auth.key", "auth.config"]),
        ("Level", "should", ["auth.config", "http.get"]),
        ("Verdict", "fail", ["auth.key", "http.get"]),
    ],
)
def test_a_choice_filters_the_requirements(show: Open, field: str, value: str, ids: list[str]) -> None:
    page = show(many())
    page.get_by_label(field, exact=True).select_option(value)
    assert shown_rows(page) == ids
    assert page.locator("#shown").inner_text() == "2 of 4 requirements are shown."


def test_filters_work_together_and_are_cleared_together(show: Open) -> None:
    page = show(many())
    page.get_by_label("Verdict").select_option("fail")
    page.get_by_label("Text").fill("refused GET")
    assert shown_rows(page) == ["http.get"]
    assert page.locator(".area:visible h3").count() == 1
    page.get_by_role("button", name="Clear").click()
    assert len(shown_rows(page)) == 4
    assert page.locator("#shown").inner_text() == "All 4 requirements are shown."


def test_a_filter_is_in_the_address_and_comes_back_from_it(show: Open) -> None:
    page = show(many(), "#?verdict=fail&text=get")
    assert shown_rows(page) == ["http.get"]
    page.get_by_label("Text").fill("")
    assert page.evaluate("location.hash") == "#?verdict=fail"


def test_a_link_to_a_requirement_opens_it_and_shows_it_whatever_is_filtered(show: Open) -> None:
    page = show(many())
    page.get_by_label("Area").select_option("http")
    page.locator(".cause summary").first.click()
    page.get_by_role("link", name="in the list").first.click()
    page.wait_for_function("document.getElementById('r.auth.key').open")
    assert page.locator("[id='r.auth.key']").is_visible()


@pytest.mark.parametrize("clipboard", ["there", "denied"])
def test_the_copy_button_copies_or_selects_the_curl_line(show: Open, clipboard: str) -> None:
    line = """curl -H "x: $KEY" --data-binary '{"input":"<b>  &amp;"}' 'http://127.0.0.1/?a=1&b=2'"""
    told = full()
    told["requirements"][2]["evidence"][0]["curl"] = line
    page = show(told, permissions=["clipboard-read", "clipboard-write"])
    if clipboard == "denied":
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('denied')))")
    page.locator("[id='f.http.c'] > summary").click()
    page.get_by_role("button", name="Copy curl line").first.click()
    page.wait_for_function("document.getElementById('said').textContent !== ''")
    assert page.evaluate("getSelection().toString()") == line
    if clipboard == "there":
        assert page.evaluate("navigator.clipboard.readText()") == line
        assert page.locator("#said").inner_text() == "The curl line is on the clipboard."
    else:
        assert page.locator("#said").inner_text() == "The curl line is selected; copy it with the keyboard."


def test_without_scripts_every_requirement_is_there_and_nothing_is_offered_that_needs_one(show: Open) -> None:
    page = show(many(), java_script_enabled=False)
    assert len(shown_rows(page)) == 4
    assert page.locator("#filter:visible, .copy:visible").count() == 0
    page.locator("[id='r.auth.key'] summary").click()
    assert page.locator("[id='r.auth.key'] .facts").is_visible()
