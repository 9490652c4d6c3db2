"""Open HTML pages in Chromium, from a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.report.render.html import html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.pages import Open

DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("these tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield started
        started.close()


@pytest.fixture
def show(show_file: Open, tmp_path: Path) -> Open:
    """Opens the page of a report; an error or a network request of the page fails the test."""

    def opened(report: dict[str, Any], fragment: str = "", **options: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_bytes(html(report).encode("utf-8"))
        return show_file(file, fragment, **options)

    return opened


@pytest.fixture
def show_file(browser: Browser) -> Iterator[Open]:
    """Opens a file; an error, a dialog or a network request of the page fails the test."""
    problems: list[str] = []
    contexts = []

    def opened(file: Path, fragment: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.on(
            "request",
            lambda request: None if request.url.startswith(file.as_uri()) else problems.append(request.url),
        )
        page.goto(file.as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
