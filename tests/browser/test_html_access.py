"""Accessibility of the HTML report: phone, print, dark mode, keyboard, screen reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.pages import Open, failing, many, open_all, shown_rows
from tests.report.documents import document, row
from tests.report.pages import HOSTILE, full, hostile

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
"""A narrow phone. Usual ones have 380 pixels and more."""

OVERFLOWING = """
[...document.querySelectorAll('body *')]
  .filter((e) => e.checkVisibility() && !e.closest('.wide, pre, .skip') && e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.outerHTML.slice(0, 200))
"""

FAINT = """() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => parts(color).slice(0, 3)
    .map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((parts(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg, script, .skip') || !e.checkVisibility()) continue;
    if (![...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${e.outerHTML.slice(0, 150)}`);
  }
  return faint;
}"""


def test_all_controls_work_with_the_keyboard(show: Open) -> None:
    page = show(many())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.id || document.activeElement.parentElement.id || '-'")
        )
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid" or seen[-1] == "-"
        if seen[-1] == "f.auth.key":
            page.keyboard.press("Enter")
        if seen[-1] == "r.auth.key":
            break
        if seen[-1] == "by-area":
            page.keyboard.type("auth")
    reached = ["f.auth.key", "by-area", "by-level", "by-verdict", "by-text", "clear", "r.auth.key"]
    assert [id for id in seen if id in reached] == reached
    assert page.locator("[id='f.auth.key'] .copy").is_visible()
    assert shown_rows(page) == ["auth.key", "auth.config"]


@pytest.mark.parametrize(
    "report", [full, many, failing, lambda: hostile(HOSTILE, requirements=3), lambda: document(row("a.b"))]
)
def test_there_is_no_horizontal_scrolling_on_a_phone(
    show: Open, report: Callable[[], dict[str, Any]]
) -> None:
    page = show(report(), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "report", [full, failing, lambda: document(row("a.b")), lambda: document(row("a.b"), verdict="partial")]
)
def test_all_text_has_enough_contrast(show: Open, scheme: str, report: Callable[[], dict[str, Any]]) -> None:
    page = show(report(), color_scheme=scheme)
    open_all(page)
    assert page.evaluate(FAINT) == []


def test_dark_mode_has_a_dark_background(show: Open) -> None:
    colors = [
        show(full(), color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colors == ["rgb(247, 247, 244)", "rgb(19, 22, 27)"]


def test_print_opens_all_sections_and_has_no_controls(show: Open) -> None:
    page = show(full(), color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("button:visible, nav:visible, #filter:visible").count() == 0
    assert page.locator("pre.curl").first.bounding_box()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 34, 43)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == page.locator(".exchange[open]").count()


def test_landmarks_controls_and_charts_have_names(show: Open) -> None:
    page = show(full())
    tree = page.locator("body").aria_snapshot()
    for part in ("banner", 'navigation "Sections"', "main", "contentinfo", 'search "Filter requirements"'):
        assert re.search(rf"- {part}", tree), part
    for name in ("Area", "Level", "Verdict"):
        assert f'combobox "{name}"' in tree
    assert 'searchbox "Text"' in tree
    assert 'img "Sets of credentials' in tree
    assert 'img "Latency by area' in tree
    assert '- status: "Requirements shown: all 5."' in tree
