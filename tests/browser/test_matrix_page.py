"""Servers side by side in a real browser: on a desk, on a phone, in the dark, on paper, with a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.contract import load_clients
from conformance.report.matrix.html import matrix_html
from conformance.report.matrix.model import matrix
from tests.browser.pages import Open, unfold
from tests.browser.test_html_access import FAINT, OVERFLOWING, PHONE
from tests.report.documents import row
from tests.report.pages import HOSTILE
from tests.report.test_matrix_pages import evil, named, two

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Documents = list[dict[str, Any]]
ShowMatrix = Callable[..., "Page"]


@pytest.fixture
def show_matrix(show_file: Open, tmp_path: Path) -> ShowMatrix:
    """Opens the page of these reports; whatever it complains of, or asks the network for, fails the test."""

    def opened(documents: Documents, fragment: str = "", **options: Any) -> Page:
        file = tmp_path / "matrix.html"
        file.write_bytes(matrix_html(matrix(documents, load_clients())).encode("utf-8"))
        return show_file(file, fragment, **options)

    return opened


def many() -> Documents:
    """Ten servers with long names, each failing on something of its own."""
    ids = [f"area{n % 8}.requirement.{n}" for n in range(40)]
    return [
        named(
            f"A server with a long name {n}.{n}.{n}, at a long path", *_rows(ids, n), profile=f"profile-{n}"
        )
        for n in range(10)
    ]


def _rows(ids: list[str], place: int) -> list[dict[str, Any]]:
    verdicts = ("pass", "fail", "blocked", "unsupported", "not-tested")
    return [row(id, verdicts[(place * number) % 5]) for number, id in enumerate(ids)]


@pytest.mark.parametrize("told", [two, many, lambda: evil(HOSTILE)])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 700, "height": 900}, {"width": 1280, "height": 900}])
def test_no_width_makes_it_scroll_sideways(
    show_matrix: ShowMatrix, told: Callable[[], Documents], viewport: dict[str, int]
) -> None:
    page = show_matrix(told(), viewport=viewport)
    width = viewport["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("told", [two, many])
def test_all_text_has_enough_contrast(
    show_matrix: ShowMatrix, told: Callable[[], Documents], scheme: str
) -> None:
    page = show_matrix(told(), color_scheme=scheme)
    unfold(page)
    assert page.evaluate(FAINT) == []


def test_a_cell_leads_to_its_requirements_without_a_script(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two(), java_script_enabled=False)
    hidden = page.locator("[id='a.B.response']")
    assert not hidden.is_visible()
    page.locator(".areas tbody tr").nth(1).locator("a").first.click()
    assert hidden.is_visible()
    hidden.locator("a").first.click()
    finding = page.locator("[id='f.B.response.count']")
    assert finding.is_visible()
    assert "2 at /data" in finding.inner_text()
    assert finding.bounding_box()["y"] < 900  # type: ignore[index]  # None fails too


def test_a_client_leads_to_what_it_breaks_on(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two())
    page.locator(".clients tbody tr").first.locator("a", has_text="breaks").click()
    reasons = page.locator("[id='c.1.B']")
    assert reasons.is_visible()
    reasons.locator("a").first.click()
    assert page.locator("[id='f.B.response.count']").is_visible()


def test_the_keyboard_opens_a_requirement(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.line > summary')"):
            break
    page.keyboard.press("Enter")
    assert page.locator("[id='r.response.count']").is_visible()


def test_a_phone_shows_which_server_and_which_area_a_cell_is_of(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two(), viewport=PHONE)
    cell = page.locator(".areas td").first
    assert cell.evaluate("(e) => getComputedStyle(e, '::before').content") == '"response"'
    assert page.locator(".line .letter-of").first.is_visible()
    assert not page.locator(".heads").first.is_visible()


def test_a_screen_reader_finds_tables_and_words_for_signs(show_matrix: ShowMatrix) -> None:
    tree = show_matrix(two(), viewport=PHONE).locator("body").aria_snapshot()
    for part in ('table "Servers by areas"', 'table "Clients by servers"', "banner", "main", "contentinfo"):
        assert part in tree, part
    assert "Wrong 2.0: failed MUST" in tree


def test_on_paper_nothing_is_hidden_or_dark(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two(), color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("nav:visible, .skip:visible").count() == 0
    assert page.locator("[id='f.B.response.count'] pre").bounding_box()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 34, 43)"


def test_nothing_hostile_runs(show_matrix: ShowMatrix) -> None:
    page = show_matrix(evil(HOSTILE))
    unfold(page)
    assert page.evaluate("window.pwned") is None
