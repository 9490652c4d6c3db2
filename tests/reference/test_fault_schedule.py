from __future__ import annotations

from random import Random

import pytest

from conformance.reference.fault_schedule import Every, Fault, First, InvalidFault, Latency, Schedule, Share


def sequence(*texts: str, seed: int = 0, requests: int = 12) -> list[str]:
    """The WHAT of the fault of each request, or ``-``."""
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
def test_a_fault_has_what_and_when(text: str, what: str, when: Share | First | Every) -> None:
    assert Fault.parse(text) == Fault(text, what, when)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("429", "WHEN is missing"),
        ("drop", "WHEN is missing"),
        ("", "WHAT is a status"),
        ("200:10%", "WHAT is a status from 400 to 599"),
        ("600:10%", "WHAT is a status"),
        ("crash:10%", "WHAT is a status"),
        ("429:", "WHEN is a share"),
        ("429:10", "% sign"),
        ("429:first", "WHEN is a share"),
        ("429:first-0", "a count of at least 1"),
        ("429:every-0", "a count of at least 1"),
        ("429:last-3", "first-COUNT or every-COUNT"),
        ("429:-1%", "WHEN is a share"),
        ("429:101%", "at most 100%"),
        ("\u0664\u0662\u0669:10%", "WHAT is a status"),
        ("429:10%\n", "WHEN is a share"),
    ],
)
def test_an_invalid_fault_is_rejected_with_a_fix(text: str, fix: str) -> None:
    with pytest.raises(InvalidFault) as caught:
        Fault.parse(text)
    assert fix in caught.value.fix
    assert (caught.value.option, caught.value.value) == ("fail", text)


@pytest.mark.parametrize(("text", "least", "most"), [("0.2", 0.2, 0.2), ("0.1-0.5", 0.1, 0.5), ("2", 2, 2)])
def test_latency_is_seconds_or_a_range_of_seconds(text: str, least: float, most: float) -> None:
    latency = Latency.parse(text)
    assert latency == Latency(least, most)
    assert all(least <= latency.draw(Random(seed)) <= most for seed in range(20))


@pytest.mark.parametrize("text", ["", "fast", "-1", "0.5-0.1", "100ms", "1-", "inf", "nan", "1e3", "9" * 400])
def test_an_invalid_latency_is_rejected(text: str) -> None:
    with pytest.raises(InvalidFault, match=r"^latency .*: write"):
        Latency.parse(text)


def test_the_first_requests_fail_and_the_others_do_not() -> None:
    assert sequence("503:first-3", requests=6) == ["503", "503", "503", "-", "-", "-"]


def test_every_nth_request_fails() -> None:
    assert sequence("drop:every-3", requests=7) == ["-", "-", "drop", "-", "-", "drop", "-"]


def test_the_first_fault_that_matches_is_used() -> None:
    assert sequence("503:first-2", "429:every-2", "hang:100%", requests=5) == [
        "503",
        "503",
        "hang",
        "429",
        "hang",
    ]


def test_shares_are_exact_and_do_not_overlap() -> None:
    found = sequence("429:10%", "drop:5%", requests=10_000)
    assert found.count("429") == pytest.approx(1000, abs=100)
    assert found.count("drop") == pytest.approx(500, abs=75)
    assert "-" not in sequence("429:70%", "503:20%", "drop:10%", requests=1000)


def test_a_seed_gives_one_sequence_and_another_seed_a_different_one() -> None:
    first = sequence("429:30%", seed=7)
    assert first == ["-", "429", "-", "429", "-", "-", "429", "-", "429", "-", "429", "429"]
    assert first == sequence("429:30%", seed=7) != sequence("429:30%", seed=8)


def test_an_additional_fault_does_not_change_the_random_sequence() -> None:
    alone, together = sequence("429:30%"), sequence("429:30%", "500:every-4")
    assert [word if word == "429" else "-" for word in together] == alone


def test_shares_of_more_than_all_requests_are_rejected() -> None:
    with pytest.raises(InvalidFault, match="'429:60% 429:60%': the shares exceed 100%"):
        sequence("429:60%", "429:60%")
