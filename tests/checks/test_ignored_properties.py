"""A run says that the target ignores a property, as `discover` does."""

from __future__ import annotations

import pytest

from tests.faulty_servers.embeddings import embeds, is_base64
from tests.faulty_servers.faults import only_for
from tests.faulty_servers.servers import Fault
from tests.mutants.response_vectors import response_vector_mutants
from tests.mutants.setup import Setup
from tests.sampling import slow

NO_DIMENSIONS = embeds(lambda payload: {k: v for k, v in payload.items() if k != "dimensions"})
NUMBERS = embeds(lambda payload: {**payload, "encoding_format": "float"})


@pytest.mark.parametrize(
    ("requirement", "fault", "note"),
    [
        slow(
            "response.dimensions",
            NO_DIMENSIONS,
            "the server ignores dimensions (no effect in ",
        ),
        (
            "response.encoding",
            NUMBERS,
            "the server ignores encoding_format (no effect in ",
        ),
    ],
)
def test_property_without_effect_is_named(requirement: str, fault: Fault, note: str, small: Setup) -> None:
    outcome = small.run(fault, selected=[requirement]).outcomes[requirement]
    assert outcome.verdict == "fail"
    assert note in outcome.reason


def test_property_that_has_an_effect_in_some_requests_is_not_ignored(small: Setup) -> None:
    outcome = small.run(only_for(is_base64, NO_DIMENSIONS), selected=["response.dimensions"]).outcomes
    assert outcome["response.dimensions"].verdict == "fail"
    assert "ignores" not in outcome["response.dimensions"].reason


def test_wrong_lengths_that_differ_are_not_ignored(small: Setup) -> None:
    mutant = next(m for m in response_vector_mutants() if m.name == "returns one number more than dimensions")
    outcome = small.run(mutant.fault, selected=["response.dimensions"]).outcomes["response.dimensions"]
    assert outcome.verdict == "fail"
    assert "ignores" not in outcome.reason
