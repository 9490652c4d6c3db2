"""The grade of a comparison: what is identical, noise, compatible, and what needs new embeddings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from conformance.drift import Form, Grade, Observation, compare_snapshot
from conformance.drift.comparison import CAP, FLOOR
from tests.drift.simulated import (
    LENGTH,
    Vector,
    bfloat16,
    blended,
    correct_snapshot,
    embedded,
    observed,
    quantized,
    snapshot_from,
)

RANDOM = np.random.default_rng(1)


def noisy(distance: float) -> Callable[[str], Vector]:
    """Vectors with noise whose distance (1 minus the cosine) from the right ones is about *distance*."""
    return lambda text: embedded(text) + RANDOM.normal(size=LENGTH) * np.sqrt(2 * distance / LENGTH)


HONEST: dict[str, Callable[[], Observation]] = {
    "the same vectors": observed,
    "float16": lambda: observed(lambda text: embedded(text).astype(np.float16).astype(float)),
    "bfloat16": lambda: observed(bfloat16),
    "8 bits": lambda: observed(quantized(8)),
    "noise with a distance of 1e-4": lambda: observed(noisy(1e-4)),
    "numbers with noise of 1e-4": lambda: observed(
        lambda t: embedded(t) + RANDOM.uniform(-1e-4, 1e-4, LENGTH)
    ),
    "noise of 1e-4 in batches": lambda: observed(batch=lambda texts: [noisy(1e-4)(text) for text in texts]),
    "seven digits": lambda: observed(lambda text: np.array([float(f"{x:.7g}") for x in embedded(text)])),
    "six decimals": lambda: observed(lambda text: np.round(embedded(text), 6)),
    "norms of 16-bit arithmetic": lambda: observed(lambda text: embedded(text) * 1.002),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_server_is_identical_or_within_noise(name: str) -> None:
    assert compare_snapshot(correct_snapshot(), HONEST[name]()).grade <= Grade.NOISE


@pytest.mark.parametrize(
    ("change", "grade"),
    [
        (embedded, Grade.IDENTICAL),
        (lambda text: np.array([float(f"{x:.7g}") for x in embedded(text)]), Grade.IDENTICAL),
        (blended(lambda text: embedded(text, "another"), 0.1), Grade.COMPATIBLE),
        (blended(lambda text: embedded(text, "another"), 0.6), Grade.RE_EMBED),
        (lambda text: embedded(text) * 1.1, Grade.COMPATIBLE),
        (lambda text: embedded(text) * 5, Grade.RE_EMBED),
        (lambda text: embedded(text)[:-1], Grade.RE_EMBED),
        (lambda text: embedded(text) * np.nan, Grade.RE_EMBED),
        (lambda text: embedded(text) * 0, Grade.RE_EMBED),
    ],
)
def test_the_grade_of_a_change(change: Callable[[str], Vector], grade: Grade) -> None:
    assert compare_snapshot(correct_snapshot(), observed(change)).grade is grade


def test_one_form_decides() -> None:
    other = compare_snapshot(correct_snapshot(), observed(base64=lambda text: embedded(text, "another")))
    assert other.grade is Grade.RE_EMBED
    assert other.forms[Form.SINGLE].grade is Grade.IDENTICAL


def test_recorded_noise_widens_the_tolerance_up_to_a_limit() -> None:
    assert compare_snapshot(correct_snapshot(), observed()).tolerance == FLOOR
    assert FLOOR < compare_snapshot(snapshot_from(noisy(1e-4)), observed()).tolerance < CAP
    assert compare_snapshot(snapshot_from(noisy(0.1)), observed()).tolerance == CAP


def test_a_user_chooses_the_tolerance() -> None:
    changed = observed(noisy(1e-4))
    assert compare_snapshot(correct_snapshot(), changed, 1e-6).grade is Grade.COMPATIBLE
    assert compare_snapshot(correct_snapshot(), observed(noisy(1e-3)), 0.01).grade is Grade.NOISE


def test_a_few_lost_texts_need_new_embeddings() -> None:
    lost = {"桥", "ねこ", "облако"}
    changed = observed(lambda text: embedded(text, "another") if text in lost else embedded(text))
    assert compare_snapshot(correct_snapshot(), changed).grade is Grade.RE_EMBED


def test_an_observation_without_vectors_needs_new_embeddings() -> None:
    assert compare_snapshot(correct_snapshot(), Observation()).grade is Grade.RE_EMBED
