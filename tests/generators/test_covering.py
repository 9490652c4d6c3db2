"""Covering arrays contain each allowed pair of choices, in few rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import pytest

from conformance.generators.covering import Choice, Factors, Row, covering_rows, without_choices


def factors(**sizes: int) -> Factors:
    """Factors with so many choices each; the first one is the usual one, without a label."""
    return {
        name: [Choice(name, f"{name}{n}" if n else "", n) for n in range(size)]
        for name, size in sizes.items()
    }


def pairs(of: Factors) -> set[frozenset[Choice]]:
    return {frozenset(p) for one, other in combinations(of.values(), 2) for p in product(one, other)}


def covered(rows: Sequence[Row]) -> set[frozenset[Choice]]:
    return {frozenset(pair) for found in rows for pair in combinations(found.values(), 2)}


@pytest.mark.parametrize("sizes", [{"a": 2, "b": 3}, {"a": 4, "b": 3, "c": 3, "d": 2, "e": 5}])
def test_each_pair_is_covered_by_few_rows(sizes: dict[str, int]) -> None:
    of = factors(**sizes)
    rows = covering_rows(of)
    largest, second = sorted(sizes.values())[::-1][:2]
    assert covered(rows) == pairs(of)
    assert len(rows) <= 1.5 * largest * second
    assert rows == covering_rows(of)


def triples(of: Factors) -> set[frozenset[Choice]]:
    """A choice of a and one of b, with an unusual one of another factor."""
    others = (choice for name in of if name not in ("a", "b") for choice in of[name] if choice.label)
    return {frozenset(triple) for triple in product(of["a"], of["b"], others)}


def covered_triples(rows: Sequence[Row]) -> set[frozenset[Choice]]:
    return {
        frozenset((row["a"], row["b"], row[name])) for row in rows for name in row if name not in ("a", "b")
    }


def test_pairs_of_two_factors_occur_with_each_unusual_choice_of_the_others() -> None:
    of = factors(a=3, b=4, c=3, d=2, e=3)
    rows = covering_rows(of, together=("a", "b"))
    assert covered(rows) == pairs(of)
    assert triples(of) <= covered_triples(rows)
    assert len(rows) <= 1.5 * 3 * 4 * 2


def test_pairs_of_two_factors_occur_with_more_choices_in_about_as_many_rows() -> None:
    of = factors(a=5, b=5, c=7, d=3, e=3, f=2, g=2)
    plain, more = covering_rows(of), covering_rows(of, together=("a", "b"), all_together=False)
    assert covered(more) == pairs(of)
    assert len(more) <= 1.3 * len(plain)
    assert len(triples(of) & covered_triples(more)) > 1.2 * len(triples(of) & covered_triples(plain))


def test_only_allowed_pairs_are_covered() -> None:
    of = factors(a=3, b=3, c=3)

    def allowed(chosen: Sequence[Choice]) -> bool:
        return not {"a1", "b1"} <= {choice.label for choice in chosen}

    found = covered(covering_rows(of, allowed))
    forbidden = frozenset((of["a"][1], of["b"][1]))
    assert pairs(of) - found == {forbidden}


def test_choices_can_be_removed() -> None:
    of = factors(a=3, b=2)
    assert [choice.label for choice in without_choices(of, [of["a"][1]])["a"]] == ["", "a2"]
