"""Outputs with ``...`` are updated where only numbers differ."""

from __future__ import annotations

import pytest

from tests.docs.output import renumbered


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        (["a 7; ..."], "a 18; in 3 s", ["a 18; ..."]),
        (["...", "total  9"], "x\ny\ntotal 10\n", ["...", "total 10"]),
        (["http  9", "...", "9 pass ..."], "http 10\n10 pass now\n", ["http 10", "...", "10 pass ..."]),
        (["a 7; ..."], "b 7; in 3 s", None),
        (["a 7", "..."], "\na 7\nc\n", ["a 7", "..."]),
        (["..."], "", ["..."]),
    ],
)
def test_only_numbers_of_an_abbreviated_output_are_updated(
    shown: list[str], printed: str, expected: list[str] | None
) -> None:
    assert renumbered(shown, printed) == expected
