from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import pytest

from conformance.report.render.charts import BARS, area_bars, credential_chart, latency_chart, series_chart
from tests.report.documents import row


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
def test_each_set_has_its_own_place_in_the_chart(schemes: int) -> None:
    drawn = credential_chart(credentials(schemes))
    assert drawn is not None
    assert len({(cell.x, cell.y) for cell in drawn.cells}) == 2**schemes
    assert len({frozenset(cell.entry["schemes"]) for cell in drawn.cells}) == 2**schemes
    assert max(cell.x for cell in drawn.cells) + drawn.side == drawn.width
    assert max(cell.y for cell in drawn.cells) + drawn.side == drawn.height


def test_adjacent_sets_differ_in_one_credential() -> None:
    drawn = credential_chart(credentials(6))
    assert drawn is not None
    sent = {(cell.x, cell.y): set(cell.entry["schemes"]) for cell in drawn.cells}
    for (x, y), names in sent.items():
        for adjacent in ((x + drawn.side, y), (x, y + drawn.side)):
            assert len(names ^ sent.get(adjacent, names ^ {"nothing there"})) == 1


@pytest.mark.parametrize("schemes", [1, 6, 7])
def test_the_letters_of_a_set_stand_for_its_headers(schemes: int) -> None:
    drawn = credential_chart(credentials(schemes))
    assert drawn is not None
    half = drawn.side / 2
    for cell in drawn.cells:
        of_row = {label.letter for label in drawn.labels if label.y == cell.y + half}
        of_column = {label.letter for label in drawn.labels if label.x == cell.x + half}
        assert of_row | of_column == {"ABCDEFG"[int(name[1:])] for name in cell.entry["schemes"]}


def test_exactly_the_unexpected_sets_are_marked() -> None:
    wrong = {frozenset({"S1"}), frozenset({"S0", "S3"})}
    drawn = credential_chart(credentials(6, *wrong))
    assert drawn is not None
    assert {frozenset(cell.entry["schemes"]) for cell in drawn.cells if cell.unexpected} == wrong


def test_a_set_that_was_not_tested_is_not_unexpected() -> None:
    document = credentials(1)
    document["sets"][0]["found"] = None
    drawn = credential_chart(document)
    assert drawn is not None
    assert not any(cell.unexpected for cell in drawn.cells)


def test_there_is_no_chart_for_more_than_eight_schemes() -> None:
    assert credential_chart(credentials(9)) is None


@pytest.mark.parametrize(
    ("low", "high", "logarithmic"), [(0.01, 0.4, False), (0.01, 0.6, True), (0, 2, True)]
)
def test_the_scale_is_logarithmic_if_the_spread_is_large(low: float, high: float, logarithmic: bool) -> None:
    drawn = latency_chart([area(low, high)])
    assert drawn is not None
    assert drawn.logarithmic is logarithmic


@pytest.mark.parametrize("high", [0.00001, 0.0104, 0.03, 0.09, 0.4, 1, 7, 1000])
@pytest.mark.parametrize("low", [0, 0.00005, 0.009, 1])
def test_boxes_and_ticks_are_on_the_axis_in_order(low: float, high: float) -> None:
    drawn = latency_chart([area(min(low, high), high)])
    assert drawn is not None
    (box,) = drawn.boxes
    places = [box.minimum, box.lower_quartile, box.median, box.upper_quartile, box.p95, box.maximum]
    assert places == sorted(places)
    assert all(1 <= place <= 99 for place in (*places, *(place for place, _ in drawn.ticks)))
    assert 1 <= len({text for _, text in drawn.ticks}) == len(drawn.ticks) <= 9


def test_ticks_are_at_the_position_of_their_seconds() -> None:
    drawn = latency_chart([area(0, 0.4), area(0.1, 0.4)])
    assert drawn is not None
    logarithmic = latency_chart([area(0.001, 1)])
    assert logarithmic is not None
    assert logarithmic.ticks == ((1, "0.001"), (33.67, "0.01"), (66.33, "0.1"), (99, "1"))
    linear = latency_chart([area(0.1, 0.4)])
    assert linear is not None
    assert linear.ticks == ((1, "0"), (25.5, "0.1"), (50, "0.2"), (74.5, "0.3"), (99, "0.4"))


def test_there_is_no_chart_without_measured_responses() -> None:
    assert latency_chart([]) is None


def test_series_are_drawn_from_the_start_of_the_run_and_from_zero() -> None:
    drawn = series_chart([{"after": 0.0, "seconds": 0.0}, {"after": 12.34, "seconds": 0.5}])
    assert drawn is not None
    assert drawn.points == ((1, 98), (99, 2))
    assert (drawn.end, drawn.top) == ("12.3", "0.5")


def test_there_is_no_series_of_one_response() -> None:
    assert series_chart([]) is None
    assert series_chart([{"after": 0.0, "seconds": 0.1}]) is None


def test_each_requirement_is_a_bar_of_its_area_whose_height_shows_its_standing() -> None:
    rows = [row("http.a"), row("http.b", "fail"), row("auth.c", "not-tested"), row("http.d")]
    bars = area_bars(rows)
    assert list(bars) == ["http", "auth"]
    assert (bars["http"].total, bars["http"].counts) == (3, {"pass": 2, "fail": 1})
    assert bars["http"].paths["bad"].startswith("M0 0h")
    assert [bar.split("h")[0] for bar in bars["http"].paths["good"].split("M")[1:]] == ["1 6", "2 6"]
    assert len(set(BARS.values())) == len(BARS)
