"""Other known models are asked for a length of vectors that only large models have."""

from __future__ import annotations

from conformance.generators.valid import OTHER_SIZE
from tests.faulty_servers.faults import changes_payload, rejects
from tests.faulty_servers.messages import Payload
from tests.mutants.setup import Setup, failed

DIMENSIONS = "response.dimensions"


def test_a_length_that_is_cut_for_another_model_only_fails(small: Setup) -> None:
    def is_large(payload: Payload) -> bool:
        other = payload.get("model") != small.contract.example_model
        return other and isinstance(payload.get("dimensions"), int) and payload["dimensions"] > 1536

    cut = changes_payload(is_large, lambda payload: {**payload, "dimensions": 1536})
    result = small.run(cut, selected=[DIMENSIONS])
    assert failed(result) == {DIMENSIONS}
    (first, *_) = result.outcomes[DIMENSIONS].evidence
    assert f"{OTHER_SIZE:,} of the model" in first.probe
    assert "ignores" not in first.pattern
    assert failed(small.run(rejects(is_large), selected=[DIMENSIONS])) == set()


def test_a_server_that_ignores_the_length_for_all_models_is_named(small: Setup) -> None:
    """Each model has vectors of its own length."""
    native = changes_payload(
        lambda payload: "dimensions" in payload,
        lambda payload: {
            **payload,
            "dimensions": 64 if payload["model"] == small.contract.example_model else 96,
        },
    )
    (first, *_) = small.run(native, selected=[DIMENSIONS]).outcomes[DIMENSIONS].evidence
    assert "the server ignores dimensions" in first.pattern


def test_one_length_of_each_model_does_not_show_that_lengths_are_ignored(small: Setup) -> None:
    """The first model returns the only length that it accepts; the others return vectors of another length."""

    def is_first(payload: Payload) -> bool:
        return payload.get("model") == small.contract.example_model

    limited = rejects(lambda payload: is_first(payload) and payload.get("dimensions") not in (None, 1025))
    cut = changes_payload(
        lambda payload: not is_first(payload) and "dimensions" in payload,
        lambda payload: {**payload, "dimensions": 1536},
    )
    evidence = small.run(cut, limited, selected=[DIMENSIONS]).outcomes[DIMENSIONS].evidence
    assert evidence
    assert not any("ignores" in one.pattern for one in evidence)
