from __future__ import annotations

from random import Random

import pytest

from conformance.reference.faults import Every, Fault, First, Latency, Schedule, Share, UnknownInjection


def sequence(*texts: str, seed: int = 0, requests: int = 12) -> list[str]:
    """What meets each request: a fault's WHAT, or ``-``."""
    schedule = Schedule([Fault.parse(text) for text in texts], seed)
    found = (schedule.next() for _ in range(requests))
    return ["-" if fault is None else fault.what for fault in found]


@pytest.mark.parametrize(
    ("text", "what", "when"),
    [
        ("429:10%", "429", Share(0.1)),
        ("500:0.5%", "500", Share(0.005)),
        ("drop:100%", "drop", Share(1)),
        ("503:first-3", "503", First(3)),
        ("hang:every-5", "hang", Every(5)),
        ("400:every-1", "400", Every(1)),
        ("599:first-1", "599", First(1)),
    ],
)
def test_a_fault_is_what_and_when(text: str, what: str, when: Share | First | Every) -> None:
    assert Fault.parse(text) == Fault(text, what, when)


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("429", "say when, for instance 429:10%"),
        ("drop", "say when"),
        ("", "WHAT is a status"),
        ("200:10%", "WHAT is a status from 400 to 599"),
        ("600:10%", "WHAT is a status"),
        ("crash:10%", "WHAT is a status"),
        ("429:", "WHEN is a share"),
        ("429:10", "% sign"),
        ("429:first", "WHEN is a share"),
        ("429:first-0", "count of 1 or more"),
        ("429:every-0", "count of 1 or more"),
        ("429:last-3", "first-COUNT or every-COUNT"),
        ("429:-1%", "WHEN is a share"),
        ("429:101%", "at most 100%"),
        ("\u0664\u0662\u0669:10%", "WHAT is a status"),
        ("429:10%\n", "WHEN is a share"),
    ],
)
def test_a_fault_that_can_not_be_read_says_how_to_mend_it(text: str, mend: str) -> None:
    with pytest.raises(UnknownInjection, match="expected WHAT:WHEN, such as") as caught:
        Fault.parse(text)
    assert mend in caught.value.mend
    assert (caught.value.option, caught.value.found) == ("fail", text)


@pytest.mark.parametrize(("text", "least", "most"), [("0.2", 0.2, 0.2), ("0.1-0.5", 0.1, 0.5), ("2", 2, 2)])
def test_latency_is_seconds_or_a_range_of_them(text: str, least: float, most: float) -> None:
    latency = Latency.parse(text)
    assert latency == Latency(least, most)
    assert all(least <= latency.draw(Random(seed)) <= most for seed in range(20))


@pytest.mark.parametrize("text", ["", "fast", "-1", "0.5-0.1", "100ms", "1-", "inf", "nan", "1e3", "9" * 400])
def test_a_latency_that_can_not_be_read_says_what_was_expected(text: str) -> None:
    with pytest.raises(UnknownInjection, match="latency: expected SECONDS"):
        Latency.parse(text)


def test_the_first_requests_fail_and_the_others_do_not() -> None:
    assert sequence("503:first-3", requests=6) == ["503", "503", "503", "-", "-", "-"]


def test_every_nth_request_fails() -> None:
    assert sequence("drop:every-3", requests=7) == ["-", "-", "drop", "-", "-", "drop", "-"]


def test_the_first_fault_that_applies_is_taken() -> None:
    assert sequence("503:first-2", "429:every-2", "hang:100%", requests=5) == [
        "503",
        "503",
        "hang",
        "429",
        "hang",
    ]


def test_shares_are_kept_and_laid_end_to_end() -> None:
    found = sequence("429:10%", "drop:5%", requests=10_000)
    assert found.count("429") == pytest.approx(1000, abs=100)
    assert found.count("drop") == pytest.approx(500, abs=75)
    assert "-" not in sequence("429:70%", "503:20%", "drop:10%", requests=1000)


def test_a_seed_gives_the_same_sequence_on_every_machine_and_another_seed_another() -> None:
    first = sequence("429:30%", seed=7)
    assert first == ["-", "429", "-", "429", "-", "-", "429", "-", "429", "-", "429", "429"]
    assert first == sequence("429:30%", seed=7) != sequence("429:30%", seed=8)


def test_another_fault_does_not_shift_the_sequence() -> None:
    alone, beside = sequence("429:30%"), sequence("429:30%", "500:every-4")
    assert [word if word == "429" else "-" for word in beside] == alone


def test_shares_of_more_than_all_requests_are_refused() -> None:
    with pytest.raises(UnknownInjection, match="at most 100% together; found '429:60% 429:60%'"):
        sequence("429:60%", "429:60%")
