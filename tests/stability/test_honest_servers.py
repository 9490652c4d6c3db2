"""No false alarms: correct servers that differ from the recorded one in anything but their vectors pass."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.contract import Contract
from conformance.drift import Grade
from tests.faulty_servers.embeddings import changes_vectors, embeds_texts, inputs, is_text_batch
from tests.faulty_servers.faults import only_for, rejects, responds
from tests.faulty_servers.messages import Response
from tests.faulty_servers.servers import Fault
from tests.mutants.different import different_servers
from tests.mutants.setup import failed
from tests.sampling import sampled
from tests.stability.runs import recorded, run_with_snapshot

SERVERS: dict[str, Fault] = {server.name: server.fault for server in different_servers(Contract.load())}
HONEST = (
    "returns additional properties",
    "returns properties in reverse order",
    "returns pretty-printed JSON",
    "returns numbers with exponents",
    "returns numbers with six digits",
    "returns numbers with 17 digits",
    "returns counts that end in .0",
    "returns a dated model name",
    "returns items in another order",
    "rejects dimensions",
    "returns gzip",
    "returns 429 for every 9th request, with Retry-After 0",
)
QUICK = ("returns numbers with six digits",)


@pytest.mark.parametrize("name", sampled(HONEST, QUICK))
def test_an_honest_server_is_identical_or_within_noise(name: str) -> None:
    finished = run_with_snapshot(SERVERS[name])
    assert failed(finished.result) == set()
    assert finished.comparison is not None
    assert finished.comparison.grade <= Grade.NOISE


@pytest.mark.slow
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_server_can_be_recorded(name: str) -> None:
    assert failed(run_with_snapshot(snapshot=recorded(SERVERS[name])).result) == set()


def test_what_the_recorded_server_did_not_support_is_not_tested() -> None:
    snapshot = recorded(rejects(lambda payload: "dimensions" in payload or "encoding_format" in payload))
    ids = [
        f"stability.{what}.{form}" for what in ("vector", "neighbors") for form in ("base64", "dimensions")
    ]
    outcomes = run_with_snapshot(snapshot=snapshot, only=ids).result.outcomes
    assert {outcomes[id].verdict for id in ids} == {"not-tested"}
    assert all(outcomes[id].reason for id in ids)


def test_a_user_can_demand_equal_vectors() -> None:
    rounds = changes_vectors(lambda vectors, _: [vector.round(4) for vector in vectors])
    only = ["stability.vector.batch"]
    assert failed(run_with_snapshot(rounds, only=only).result) == set()
    assert failed(run_with_snapshot(rounds, only=only, tolerance=1e-9).result) == set(only)


def test_noise_is_no_other_truncation() -> None:
    random = np.random.default_rng(1)
    cuts = embeds_texts(lambda text: " ".join(text.split()[:200]))
    noise = changes_vectors(
        lambda vectors, _: [v + random.normal(size=v.size) * (2e-4 / v.size) ** 0.5 / 2 for v in vectors]
    )
    only = ["stability.truncation", "stability.vector.single"]
    finished = run_with_snapshot(noise, cuts, snapshot=recorded(cuts), only=only)
    assert failed(finished.result) == set()


def test_a_limit_of_batches_is_no_other_vector() -> None:
    limit = rejects(lambda p: is_text_batch(p.get("input")) and sum(map(len, inputs(p["input"]))) > 2_000)
    only = ["stability.vector.batch", "stability.neighbors.batch"]
    finished = run_with_snapshot(limit, only=only)
    assert failed(finished.result) == set()
    assert finished.comparison is not None
    assert finished.comparison.grade is Grade.IDENTICAL


def test_a_missing_vector_is_not_shown_as_lost_neighbors() -> None:
    lost = only_for(
        lambda p: is_text_batch(p.get("input")) and "river" in inputs(p["input"]),
        responds(lambda _: True, Response((), b"{}")),
    )
    outcome = run_with_snapshot(lost, only=["stability.neighbors.batch"]).result.outcomes[
        "stability.neighbors.batch"
    ]
    assert outcome.verdict == "fail"
    assert "a vector of the recorded text" in str(outcome)
    assert "on average" not in str(outcome)
