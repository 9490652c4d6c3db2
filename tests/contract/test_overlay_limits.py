"""Overlays end after a limited number of steps, whatever they contain."""

from pathlib import Path
from typing import Any

import pytest

from conformance.contract.errors import ActionFailed
from conformance.contract.overlay import metering
from conformance.contract.overlay.document import Action, Overlay, apply_overlay
from conformance.contract.overlay.jsonpath import Queries, QueryError, check_query
from conformance.contract.overlay.metering import (
    Growth,
    Meter,
    TooManySteps,
    count_values,
    metered_copy,
    plain_copy,
)
from conformance.contract.overlay.regular_expression import (
    UnsupportedExpression,
    match_pattern,
    search_pattern,
)


def failure(document: dict[str, Any], *actions: Action) -> str:
    with pytest.raises(ActionFailed) as caught:
        apply_overlay(Overlay(Path("o.yaml"), "t", "1", actions), document, strict=False)
    return caught.value.reason


@pytest.mark.parametrize(
    ("pattern", "text", "found", "whole"),
    [
        ("b", "abc", True, False),
        ("abc", "abc", True, True),
        ("a.c", "abc", True, True),
        ("a.c", "a\nc", False, False),
        ("a.c", "a\rc", False, False),
        ("[.]", "b", False, False),
        (r"\.", ".", True, True),
        (r"[\].]x", "]x", True, True),
        ("a|b", "ab", True, False),
        (r"\p{Lu}", "É", True, True),
        ("x", "\ud800x", True, False),
        ("x*", "\ud800", True, False),
        ("(a+)+b", "a" * 5_000, False, False),
    ],
)
def test_expressions_match_a_part_or_the_whole(pattern: str, text: str, found: bool, whole: bool) -> None:
    assert (search_pattern(pattern, text), match_pattern(pattern, text)) == (found, whole)


@pytest.mark.parametrize(
    "pattern", ["((a{1000}){1000}){1000}", "(", r"(a)\1", "a(?=b)", "[a]" * 400], ids=len
)
def test_other_and_large_expressions_are_rejected(pattern: str) -> None:
    with pytest.raises(UnsupportedExpression):
        search_pattern(pattern, "a")
    document, meter = {"x": "a"}, Meter()
    with pytest.raises(QueryError, match=r"regular expression|use at most"):
        Queries(meter).select(document, f"$[?search(@, '{pattern}')]".replace("\\", "\\\\"))


@pytest.mark.parametrize("query", ["$" + ".a" * 600, "$[?" + "!" * 5_000 + "@.a]"], ids=len)
def test_long_queries_are_rejected(query: str) -> None:
    with pytest.raises(QueryError, match="use at most 1,000"):
        check_query(query)


def test_visits_of_all_values_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_VISITS", 100)
    document = {"a": [[{"b": 1}] * 9] * 9}
    assert failure(document, Action(1, "$..b", "update", 2)).startswith("the query visits more than 100")
    equal = {"a": [[1] * 20] * 20, "b": [[1] * 20] * 20}
    assert failure(equal, Action(1, "$[?@ == $.b]", "update", 2)).startswith("the query visits more")
    apply_overlay(
        Overlay(Path("o"), "t", "1", (Action(1, "$.a[0][0].b", "update", 2),)), document, strict=True
    )


def test_inner_queries_count_for_each_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_STEPS", 100)
    document = {"a": [1] * 20}
    reason = failure(document, Action(1, f"$.a[?{'||'.join(['@.b'] * 9)}]", "update", 2))
    assert reason.startswith("the actions take more than 100 steps")


def test_searched_characters_are_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_STEPS", 100)
    reason = failure({"a": "x" * 2_000}, Action(1, "$[?search(@, 'y')]", "update", 2))
    assert reason.startswith("the actions take more than 100 steps")


def test_the_document_grows_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_VALUES", 40)
    twice = [Action(number, "$.a", "copy", "$.a") for number in range(9)]
    assert failure({"a": [1]}, *twice).startswith("the document would have more than 40 values")
    same = [Action(number, "$.a", "update", number) for number in range(90)]
    changed, _ = apply_overlay(Overlay(Path("o"), "t", "1", tuple(same)), {"a": 7}, strict=False)
    assert changed == {"a": 89}


def test_growth_counts_again_only_near_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "MAX_VALUES", 10)
    meter = Meter()
    document = metered_copy({"a": 1}, meter)
    growth = Growth(document, meter)
    for _ in range(5):
        growth.add(8)
    with pytest.raises(TooManySteps):
        growth.add(9)


def test_the_result_is_plain() -> None:
    document = {"a": [{"b": [1]}]}
    assert plain_copy(metered_copy(document, Meter())) == document
    assert count_values(document) == 5
    changed, _ = apply_overlay(
        Overlay(Path("o"), "t", "1", (Action(1, "$.a[0]", "copy", "$.a[0]"),)), document, strict=False
    )
    assert {type(changed), type(changed["a"]), type(changed["a"][0])} == {dict, list}
