"""Helpers of the browser tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.report.documents import document, row

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open: TypeAlias = "Callable[..., Page]"


def shown_rows(page: Page) -> list[str]:
    return page.locator(".row:visible .id").all_inner_texts()


def open_all(page: Page) -> None:
    page.evaluate("for (const e of document.querySelectorAll('details')) e.open = true")


def many() -> dict[str, Any]:
    """A report with rows for each filter."""
    return document(
        row("auth.key", "fail", title="A key is required"),
        row("auth.config", level="should", title="A config is enough"),
        row("http.get", "fail", level="should", standing="known", title="GET is rejected"),
        row("http.accept", title="Any media type is accepted"),
    )
