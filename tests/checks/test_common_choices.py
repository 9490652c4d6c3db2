"""The choices that failing combinations have in common."""

from __future__ import annotations

import pytest

from conformance.checks.common_choices import cause_of, narrowing_rows
from conformance.generators.covering import Choice, Row


def row(*labels: str) -> Row:
    """A row with these labels: the factor is the letter, "a" stands for the usual choice of a.

    The choices of c are one group.
    """
    return {
        label[0]: Choice(
            label[0],
            label if len(label) > 1 else "",
            label,
            "any c" if label[0] == "c" and len(label) > 1 else "",
        )
        for label in labels
    }


@pytest.mark.parametrize(
    ("failed", "passed", "cause"),
    [
        ([row("a1", "b1")], [row("a", "b1"), row("a2", "b")], "the server fails only with a1"),
        ([row("a1", "b1"), row("a1", "b2")], [row("a", "b1")], "the server fails only with a1"),
        ([row("a1", "b1")], [row("a1", "b"), row("a", "b1")], "the server fails only with a1 and b1"),
        ([row("a1", "b1"), row("a2", "b")], [row("a", "b1")], "the server fails only with a1 or a2"),
        ([row("a1", "b1")], [], "the server fails only with a1, or with b1"),
        ([row("a1"), row("a1", "b1")], [row("b1")], "the server fails only with a1"),
        ([row("a1", "b"), row("a1", "b1")], [row("a1", "b2")], "the server fails mostly with a1"),
        ([row("a1", "b")], [row("a1", "b2")], ""),
        ([row("c1"), row("c2"), row("c3")], [row("c"), row("a1")], "the server fails only with any c"),
        ([row("c1"), row("c2")], [row("c")], "the server fails only with c1 or c2"),
        ([row("c1"), row("c2"), row("c3")], [row("c4"), row("c5")], ""),
        ([row("a", "b")], [], ""),
        ([], [row("a1")], ""),
    ],
)
def test_the_choices_that_failures_have_in_common_are_named(
    failed: list[Row], passed: list[Row], cause: str
) -> None:
    assert cause_of(failed, passed) == cause


def test_each_of_several_causes_is_tried_by_itself() -> None:
    factors = {letter: [*row(letter).values(), *row(f"{letter}1").values()] for letter in "abc"}
    failed, passed = [row("a1", "b1", "c1")], [row("a1", "b", "c"), row("a", "b1", "c"), row("a", "b", "c1")]
    tried = narrowing_rows(failed, passed, factors)
    assert tried == [row("a1", "b1", "c"), row("a1", "b", "c1"), row("a", "b1", "c1")]
    assert (
        cause_of([*failed, tried[1]], [*passed, tried[0], tried[2]]) == "the server fails only with a1 and c1"
    )
    assert narrowing_rows([*failed, tried[1]], [*passed, tried[0], tried[2]], factors) == []
