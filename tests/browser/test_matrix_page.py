"""The page of the matrix in Chromium: desktop, phone, dark mode, print, keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.contract import load_clients
from conformance.report.matrix.html import matrix_html
from conformance.report.matrix.model import compare_servers
from tests.browser.pages import Open, open_all
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
    """Opens the page of the reports; an error or a network request of the page fails the test."""

    def opened(documents: Documents, fragment: str = "", **options: Any) -> Page:
        file = tmp_path / "matrix.html"
        file.write_bytes(matrix_html(compare_servers(documents, load_clients())).encode("utf-8"))
        return show_file(file, fragment, **options)

    return opened


def many() -> Documents:
    """Ten servers with long names and different failures."""
    ids = [f"area{n % 8}.requirement.{n}" for n in range(40)]
    return [
        named(
            f"A server with a long name {n}.{n}.{n}, at a long path", *_rows(ids, n), profile=f"profile-{n}"
        )
        for n in range(10)
    ]


def _rows(ids: list[str], server: int) -> list[dict[str, Any]]:
    verdicts = ("pass", "fail", "blocked", "unsupported", "not-tested")
    return [row(id, verdicts[(server * number) % 5]) for number, id in enumerate(ids)]


@pytest.mark.parametrize("reports", [two, many, lambda: evil(HOSTILE)])
@pytest.mark.parametrize("viewport", [PHONE, {"width": 700, "height": 900}, {"width": 1280, "height": 900}])
def test_there_is_no_horizontal_scrolling_at_any_width(
    show_matrix: ShowMatrix, reports: Callable[[], Documents], viewport: dict[str, int]
) -> None:
    page = show_matrix(reports(), viewport=viewport)
    width = viewport["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("reports", [two, many])
def test_all_text_has_enough_contrast(
    show_matrix: ShowMatrix, reports: Callable[[], Documents], scheme: str
) -> None:
    page = show_matrix(reports(), color_scheme=scheme)
    open_all(page)
    assert page.evaluate(FAINT) == []


def test_a_cell_links_to_its_requirements_without_a_script(show_matrix: ShowMatrix) -> None:
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


def test_a_client_links_to_the_failures_that_break_it(show_matrix: ShowMatrix) -> None:
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


def test_a_phone_shows_the_server_and_the_area_of_a_cell(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two(), viewport=PHONE)
    cell = page.locator(".areas td").first
    assert cell.evaluate("(e) => getComputedStyle(e, '::before').content") == '"response"'
    assert page.locator(".line .letter-of").first.is_visible()
    assert not page.locator(".heads").first.is_visible()


def test_tables_and_signs_have_names(show_matrix: ShowMatrix) -> None:
    tree = show_matrix(two(), viewport=PHONE).locator("body").aria_snapshot()
    for part in ('table "Servers by areas"', 'table "Clients by servers"', "banner", "main", "contentinfo"):
        assert part in tree, part
    assert "Wrong 2.0: failed MUST" in tree


def test_print_hides_nothing_and_is_light(show_matrix: ShowMatrix) -> None:
    page = show_matrix(two(), color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("nav:visible, .skip:visible").count() == 0
    assert page.locator("[id='f.B.response.count'] pre").bounding_box()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 34, 43)"


def test_hostile_text_does_not_run(show_matrix: ShowMatrix) -> None:
    page = show_matrix(evil(HOSTILE))
    open_all(page)
    assert page.evaluate("window.pwned") is None
