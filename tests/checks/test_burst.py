"""The burst at the end of a run: its size, and what is accepted in it."""

from __future__ import annotations

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract, DeclaredCapabilities
from conformance.engine import Check, NotObservable, ProbeResult
from conformance.http_client import Exchange, Failure, FailureKind, Response
from tests.mutants.setup import credentials

CONTRACT = Contract.load()
SIZE = 4


def burst(size: int = SIZE, unsupported: frozenset[str] = frozenset()) -> Check:
    declared = DeclaredCapabilities(unsupported)
    suite = build_suite(CONTRACT, credentials(CONTRACT), burst=size, capabilities=declared)
    return suite.checks["state.burst"]


@pytest.fixture(scope="module")
def one() -> Check:
    return burst()


def ended(
    one: Check, result: int | FailureKind, seconds: float = 0.1, number: int = SIZE
) -> list[ProbeResult]:
    """Results of the first probes of the burst, all with the same end."""
    response = Response(result, (), b"") if not isinstance(result, FailureKind) else None
    failure = Failure(result, "no response") if isinstance(result, FailureKind) else None
    return [ProbeResult(p, Exchange(p.request, response, failure, seconds)) for p in one.probes[:number]]


def test_a_burst_has_the_requested_size_and_its_batch(one: Check) -> None:
    assert one.burst == SIZE
    assert len(one.probes) == SIZE + 1
    assert len({probe.request.body for probe in one.probes}) == SIZE + 1


def test_a_burst_of_one_request_is_not_tested() -> None:
    assert "concurrency" in burst(1).untestable


def test_a_target_without_batches_is_compared_with_single_texts() -> None:
    single = burst(SIZE, unsupported=frozenset({"batch"}))
    assert len(single.probes) == 2 * SIZE


@pytest.mark.parametrize(
    ("result", "fails"),
    [
        (500, True),
        (400, True),
        (502, False),
        (FailureKind.TIMEOUT, True),
        (FailureKind.PROTOCOL, True),
        (FailureKind.REFUSED, False),
    ],
)
def test_some_failures_of_one_request_are_load_shedding(one: Check, result: int, fails: bool) -> None:
    others = ended(one, 200, 0.001)[1:]
    assert bool(list(one.judge([*ended(one, result, number=1), *others]))) is fails


@pytest.mark.parametrize(("slowest", "fails"), [(1.0, True), (31.0, False)])
def test_a_slow_target_may_time_out(one: Check, slowest: float, fails: bool) -> None:
    first = ended(one, FailureKind.TIMEOUT, 60.0, number=1)
    others = ended(one, 200, slowest)[1:]
    assert bool(list(one.judge([*first, *others]))) is fails


@pytest.mark.parametrize("result", [429, 503, FailureKind.DROPPED])
def test_a_target_that_sheds_everything_is_not_tested(one: Check, result: int | FailureKind) -> None:
    with pytest.raises(NotObservable, match="load"):
        list(one.judge(ended(one, result)))
