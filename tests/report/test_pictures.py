from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import pytest

from conformance.report.render.charts import matrix, plot


def credentials(schemes: int, *wrong: frozenset[str]) -> dict[str, Any]:
    names = [f"S{i}" for i in range(schemes)]
    subsets = chain.from_iterable(combinations(names, size) for size in range(schemes + 1))
    sets = [
        {
            "schemes": list(names),
            "expected": "refused",
            "found": "accepted" if frozenset(names) in wrong else "refused",
            "status": 200 if frozenset(names) in wrong else 401,
        }
        for names in subsets
    ]
    return {"schemes": [{"name": name, "header": f"x-{name}"} for name in names], "sets": sets}


def area(low: float, high: float) -> dict[str, Any]:
    parts = ("minimum", "lower_quartile", "median", "upper_quartile", "p95", "maximum")
    values = [low + (high - low) * i / 5 for i in range(6)]
    return {"area": "http", "requests": 9, **dict(zip(parts, values, strict=True))}


@pytest.mark.parametrize("schemes", range(9))
def test_each_set_has_a_place_of_its_own_inside_of_the_picture(schemes: int) -> None:
    drawn = matrix(credentials(schemes))
    assert drawn is not None
    assert len({(cell.x, cell.y) for cell in drawn.cells}) == 2**schemes
    assert len({frozenset(cell.entry["schemes"]) for cell in drawn.cells}) == 2**schemes
    assert max(cell.x for cell in drawn.cells) + drawn.side == drawn.width
    assert max(cell.y for cell in drawn.cells) + drawn.side == drawn.height


def test_neighbours_differ_in_one_credential() -> None:
    drawn = matrix(credentials(6))
    assert drawn is not None
    sent = {(cell.x, cell.y): set(cell.entry["schemes"]) for cell in drawn.cells}
    for (x, y), names in sent.items():
        for beside in ((x + drawn.side, y), (x, y + drawn.side)):
            assert len(names ^ sent.get(beside, names ^ {"nothing there"})) == 1


@pytest.mark.parametrize("schemes", [1, 6, 7])
def test_the_letters_at_a_set_are_those_of_its_headers(schemes: int) -> None:
    drawn = matrix(credentials(schemes))
    assert drawn is not None
    half = drawn.side / 2
    for cell in drawn.cells:
        beside = {label.letter for label in drawn.labels if label.y == cell.y + half}
        above = {label.letter for label in drawn.labels if label.x == cell.x + half}
        assert beside | above == {"ABCDEFG"[int(name[1:])] for name in cell.entry["schemes"]}


def test_the_sets_that_went_wrong_are_marked_and_no_others() -> None:
    wrong = {frozenset({"S1"}), frozenset({"S0", "S3"})}
    drawn = matrix(credentials(6, *wrong))
    assert drawn is not None
    assert {frozenset(cell.entry["schemes"]) for cell in drawn.cells if cell.wrong} == wrong


def test_a_set_that_was_not_tested_is_not_wrong() -> None:
    told = credentials(1)
    told["sets"][0]["found"] = None
    drawn = matrix(told)
    assert drawn is not None
    assert not any(cell.wrong for cell in drawn.cells)


def test_more_than_eight_schemes_are_not_drawn() -> None:
    assert matrix(credentials(9)) is None


@pytest.mark.parametrize(
    ("low", "high", "logarithmic"), [(0.01, 0.4, False), (0.01, 0.6, True), (0, 2, True)]
)
def test_the_scale_is_logarithmic_where_the_spread_is_large(
    low: float, high: float, logarithmic: bool
) -> None:
    drawn = plot([area(low, high)])
    assert drawn is not None
    assert drawn.logarithmic is logarithmic


@pytest.mark.parametrize("high", [0.00001, 0.0104, 0.03, 0.09, 0.4, 1, 7, 1000])
@pytest.mark.parametrize("low", [0, 0.00005, 0.009, 1])
def test_all_that_is_drawn_lies_on_the_axis_in_order(low: float, high: float) -> None:
    drawn = plot([area(min(low, high), high)])
    assert drawn is not None
    (box,) = drawn.boxes
    places = [box.minimum, box.lower_quartile, box.median, box.upper_quartile, box.p95, box.maximum]
    assert places == sorted(places)
    assert all(1 <= place <= 99 for place in (*places, *(place for place, _ in drawn.ticks)))
    assert 1 <= len({text for _, text in drawn.ticks}) == len(drawn.ticks) <= 9


def test_ticks_stand_where_their_seconds_are() -> None:
    drawn = plot([area(0, 0.4), area(0.1, 0.4)])
    assert drawn is not None
    logarithmic = plot([area(0.001, 1)])
    assert logarithmic is not None
    assert logarithmic.ticks == ((1, "0.001"), (33.67, "0.01"), (66.33, "0.1"), (99, "1"))
    linear = plot([area(0.1, 0.4)])
    assert linear is not None
    assert linear.ticks == ((1, "0"), (25.5, "0.1"), (50, "0.2"), (74.5, "0.3"), (99, "0.4"))


def test_nothing_is_drawn_where_nothing_was_timed() -> None:
    assert plot([]) is None
