"""A target may reject texts that are long for its own tokenizer, and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faulty_servers.embeddings import count_tokens, inputs
from tests.faulty_servers.faults import rejects
from tests.faulty_servers.messages import Payload
from tests.mutants.setup import Setup, failed


def longer_than(limit: int) -> Callable[[Payload], bool]:
    """Whether a payload has an input of more than so many tokens, by the reference's tokenizer, which counts bytes."""

    def is_longer(payload: Payload) -> bool:
        return "input" in payload and any(count_tokens(item) > limit for item in inputs(payload["input"]))

    return is_longer


@pytest.mark.parametrize(("limit", "is_correct"), [(512, True), (60, False)])
def test_a_model_with_a_small_context_fails_nothing(small: Setup, limit: int, is_correct: bool) -> None:
    first = ["meaning.batch.equal-lengths", "request.text.lookalikes"]
    selected = [
        *first,
        "meaning.permutation",
        "state.concurrent",
        "response.usage.sums",
        "http.size.accepted",
    ]
    result = small.run(rejects(longer_than(limit)), selected=selected)
    assert (failed(result) == set()) is is_correct
