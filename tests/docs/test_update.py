"""Outputs with ``...`` are updated where only numbers differ."""

from __future__ import annotations

import pytest

from tests.docs.output import VOLATILE, matches, renumbered


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


@pytest.mark.parametrize("printed", ["253 requests, about 9 prompt tokens, 2.0 s", "9 deselected in 2.0 s"])
def test_counts_of_an_older_version_are_updated_but_no_reason_to_fail(printed: str) -> None:
    shown = [printed.replace("9", "7").replace("2.0", "1.5")]
    assert matches(shown, printed)
    assert not matches(shown, printed, VOLATILE)
    assert matches([printed.replace("2.0", "1.5")], printed, VOLATILE)
