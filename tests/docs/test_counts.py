"""The numbers that pages state about a full run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tools.refresh import COUNTED, rounded, with_cost


@pytest.mark.parametrize("page", COUNTED, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_state_the_cost_of_a_full_run(page: Path) -> None:
    text = page.read_text("utf-8")
    assert with_cost(text) == text, "the numbers are stale; run: tox -e refresh -- counts"


@pytest.mark.parametrize(("number", "stated"), [(7, 7), (1308, 1300), (1360, 1400), (58446, 58000)])
def test_numbers_are_rounded_to_two_digits(number: int, stated: int) -> None:
    assert rounded(number) == stated
