"""The HTML report in Chromium: its controls work, and text of the target never runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.report.render.html import html
from tests.browser.pages import Open, failing, many, open_all, shown_rows
from tests.report.pages import HOSTILE, full, hostile

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_the_report_opens_from_a_file_without_network_requests(show: Open) -> None:
    page = show(full())
    assert page.locator("h1").inner_text() == "✗ Nonconformant"
    assert page.locator("#filter").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_has_the_verdict_the_areas_the_clients_and_the_causes(
    show: Open, scheme: str
) -> None:
    page = show(failing(), viewport={"width": 1400, "height": 900}, color_scheme=scheme)
    for selector, least in {
        "h1": 1,
        ".headline": 1,
        ".strip li": 7,
        ".clients-of tbody tr": 8,
        ".overview li": 5,
    }.items():
        parts = page.locator(selector).all()
        assert len(parts) >= least, selector
        for part in parts:
            box = part.bounding_box()
            assert box is not None
            assert box["height"] > 0
            assert box["y"] + box["height"] <= 900, part.inner_text()
            assert box["x"] + box["width"] <= 1400, part.inner_text()
    assert page.evaluate("scrollY") == 0


def test_the_number_of_a_cause_opens_it_also_for_one_of_its_further_requirements(show: Open) -> None:
    page = show(failing())
    page.locator(".clients-of a").first.click()
    box = page.locator("[id='f.meaning.batch.mixed-lengths']")
    assert box.evaluate("(e) => e.open")
    further = page.locator("[id='f.meaning.permutation']")
    assert further.is_visible()
    further.get_by_role("link").click()
    page.wait_for_function("document.getElementById('r.meaning.permutation').open")
    box.evaluate("(e) => e.open = false")
    page.locator("[id='r.meaning.permutation']").get_by_role("link", name="show cause").click()
    page.wait_for_function("document.getElementById('f.meaning.batch.mixed-lengths').open")
    assert further.is_visible()


def test_bars_of_the_areas_differ_in_height(show: Open) -> None:
    """Without their colors, failures are the tallest."""
    page = show(failing())
    bars = "(e) => [e.getAttribute('class'), e.getBoundingClientRect().height]"
    by_standing = dict(page.evaluate(f"[...document.querySelectorAll('.strip path')].map({bars})"))
    assert by_standing["bad"] > 1.5 * by_standing["good"] > 0


def test_text_of_the_target_does_not_run(show: Open) -> None:
    page = show(hostile(HOSTILE, requirements=3))
    open_all(page)
    for element in page.locator("summary, pre, a").all()[:60]:
        element.dispatch_event("mouseover")
    assert page.evaluate("window.pwned") is None
    assert page.locator("img").count() == 0
    assert "onerror=window.pwned" in page.locator(".cause").first.inner_text()


def test_the_policy_blocks_a_script_that_is_not_the_pages_own(browser: Browser, tmp_path: Path) -> None:
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
def test_a_selection_filters_the_requirements(show: Open, field: str, value: str, ids: list[str]) -> None:
    page = show(many())
    page.get_by_label(field, exact=True).select_option(value)
    assert shown_rows(page) == ids
    assert page.locator("#shown").inner_text() == "Requirements shown: 2 of 4."


def test_filters_combine_and_are_cleared_together(show: Open) -> None:
    page = show(many())
    page.get_by_label("Verdict").select_option("fail")
    page.get_by_label("Text").fill("rejected GET")
    assert shown_rows(page) == ["http.get"]
    assert page.locator(".area:visible h3").count() == 1
    page.get_by_role("button", name="Clear").click()
    assert len(shown_rows(page)) == 4
    assert page.locator("#shown").inner_text() == "Requirements shown: all 4."


def test_a_filter_is_saved_in_the_url(show: Open) -> None:
    page = show(many(), "#?verdict=fail&text=get")
    assert shown_rows(page) == ["http.get"]
    page.get_by_label("Text").fill("")
    assert page.evaluate("location.hash") == "#?verdict=fail"


def test_a_link_to_a_requirement_opens_it_even_if_it_is_filtered_out(show: Open) -> None:
    page = show(many())
    page.get_by_label("Area", exact=True).select_option("http")
    page.locator(".cause summary").first.click()
    page.get_by_role("link", name="show in the list").first.click()
    page.wait_for_function("document.getElementById('r.auth.key').open")
    assert page.locator("[id='r.auth.key']").is_visible()


@pytest.mark.parametrize("clipboard", ["available", "denied"])
def test_the_copy_button_copies_or_selects_the_curl_command(show: Open, clipboard: str) -> None:
    line = """curl -H "x: $KEY" --data-binary '{"input":"<b>  &amp;"}' 'http://127.0.0.1/?a=1&b=2'"""
    report = full()
    report["requirements"][2]["evidence"][0]["curl"] = line
    page = show(report, permissions=["clipboard-read", "clipboard-write"])
    if clipboard == "denied":
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('denied')))")
    page.locator("[id='f.http.c'] > summary").click()
    page.get_by_role("button", name="Copy curl command").first.click()
    page.wait_for_function("document.getElementById('message').textContent !== ''")
    assert page.evaluate("getSelection().toString()") == line
    if clipboard == "available":
        assert page.evaluate("navigator.clipboard.readText()") == line
        assert page.locator("#message").inner_text() == "The command is copied to the clipboard."
    else:
        assert page.locator("#message").inner_text() == "The command is selected. Copy it with the keyboard."


def test_without_scripts_all_requirements_are_shown_and_no_control_needs_one(show: Open) -> None:
    page = show(many(), java_script_enabled=False)
    assert len(shown_rows(page)) == 4
    assert page.locator("#filter:visible, .copy:visible").count() == 0
    page.locator("[id='r.auth.key'] summary").click()
    assert page.locator("[id='r.auth.key'] .facts").is_visible()
