"""Helpers of the browser tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.contract import Contract
from tests.report.documents import document, exchange, row, shape

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


UNSORTED = (
    "meaning.batch.mixed-lengths",
    "meaning.batch.tokens",
    "meaning.combinations",
    "meaning.batch.sizes",
    "meaning.batch.large",
    "meaning.permutation",
    "meaning.duplicates",
    "meaning.after-long-text",
    "state.same-text",
)
"""What the server of `examples/fastapi-server` fails."""


def failing() -> dict[str, Any]:
    """The report of a whole run against the example server: the catalogue with its failures."""
    rows = []
    for requirement in Contract.load().catalogue.applicable(()).values():
        failed = requirement.id in UNSORTED
        item = exchange(
            expected=f"the vector of the same text alone, for {requirement.id}",
            actual="a cosine similarity of 0.158349",
        )
        shapes = [shape(expected=item["expected"], input=form) for form in ("strings", "token arrays")]
        rows.append(
            row(
                requirement.id,
                "fail" if failed else "pass",
                level=requirement.level,
                severity=requirement.severity,
                title=requirement.title,
                evidence=[item] if failed else [],
                shapes=shapes if failed else [],
            )
        )
    return document(*rows)
