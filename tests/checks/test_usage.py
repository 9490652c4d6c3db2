"""Token counts: a server may add constants, but not count inputs wrongly."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable

import pytest

from conformance.contract import DeclaredCapabilities
from conformance.engine import Verdict
from tests.faulty_servers.embeddings import changes_token_count, inputs
from tests.faulty_servers.faults import rejects
from tests.mutants.setup import Setup

USAGE = "response.usage.*"
SUMS = ("response.usage.sums", "response.usage.token-sums")


def verdicts(setup: Setup, change: Callable[[list[int]], int]) -> set[Verdict]:
    result = setup.run(changes_token_count(change), selected=SUMS)
    return {result.outcomes[id].verdict for id in SUMS}


@pytest.mark.parametrize(
    "change",
    [
        lambda counts: sum(counts) + 4,
        lambda counts: sum(counts) + 2 * len(counts),
        lambda counts: sum(counts) + 7 - len(counts),
    ],
    ids=["for each request", "for each input", "for both"],
)
def test_a_server_may_add_constants(change: Callable[[list[int]], int], small: Setup) -> None:
    assert verdicts(small, change) == {Verdict.PASS}


@pytest.mark.parametrize(
    "change",
    [
        lambda counts: max(counts) * len(counts),
        lambda counts: counts[0],
        lambda counts: sum(counts) + len(counts) ** 2,
    ],
    ids=["padding", "only the first", "more and more"],
)
def test_other_sums_fail(change: Callable[[list[int]], int], small: Setup) -> None:
    assert verdicts(small, change) == {Verdict.FAIL}


def test_two_sizes_of_batches_show_nothing(small: Setup) -> None:
    limited = small.declaring(DeclaredCapabilities.read((), ["batch=3"]))
    outcome = limited.run(selected=SUMS).outcomes[SUMS[0]]
    assert outcome.verdict is Verdict.NOT_TESTED
    assert outcome.reason == "the batches are too small to find the constants that the server adds"


def test_a_server_that_rejects_long_texts_is_not_blocked(small: Setup) -> None:
    """A model of 512 bytes counts each byte as a token."""
    limit = rejects(lambda p: any(len(str(item)) > 512 for item in inputs(p.get("input"))), 422)
    selected = fnmatch.filter(small.contract.catalogue, USAGE)
    outcomes = small.run(limit, selected=selected).outcomes
    found = {id: outcomes[id] for id in selected}
    assert {outcome.verdict for outcome in found.values()} == {Verdict.PASS, Verdict.NOT_TESTED}
    assert found[SUMS[0]].reason.endswith("which is allowed")


def test_the_evidence_states_the_count_that_smaller_batches_predict(small: Setup) -> None:
    result = small.run(changes_token_count(lambda n: sum(n) + (len(n) > 8)), selected=SUMS[:1])
    evidence = result.outcomes[SUMS[0]].evidence[0]
    assert int(evidence.actual.replace(",", "")) - int(evidence.expected.split()[0].replace(",", "")) == 1
    assert evidence.expected.endswith("tokens, as for smaller batches")
