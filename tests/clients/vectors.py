"""The expected vectors, computed independently of the server: pure functions."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conformance import Contract
from conformance.reference.embedder import embed_text
from conformance.reference.models import load_models

TOLERANCE = 1e-6
"""The components of these vectors are at most 1, and a float32 has seven digits."""

NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
LIST_OF_NUMBERS = re.compile(rf"\[\s*{NUMBER}(?:\s*,\s*{NUMBER})+\s*,?\s*\]")


def expected(
    texts: Sequence[str], model: str, contract: Contract, dimensions: int | None = None
) -> list[npt.NDArray[np.float32]]:
    """The vectors of *texts*, one for each, of the native length or of *dimensions* numbers."""
    size = load_models(contract)[model].native_size
    return [embed_text(text.encode(), model=model, native_size=size, dimensions=dimensions) for text in texts]


def wrong(found: Sequence[Any], right: Sequence[npt.NDArray[np.float32]]) -> str | None:
    """The first problem of the embeddings *found*, as floats or base64; None if they are right."""
    if len(found) != len(right):
        return f"expected {len(right)} embeddings, found {len(found)}"
    for index, (embedding, vector) in enumerate(zip(found, right, strict=True)):
        numbers = _numbers(embedding)
        if numbers.shape != vector.shape:
            return f"embedding {index}: expected {vector.size} numbers, found {numbers.size}"
        if not np.allclose(numbers, vector, rtol=0.0, atol=TOLERANCE):
            difference = float(np.abs(numbers - vector).max())
            found_numbers = f"numbers that differ by up to {difference:.2g}"
            return f"embedding {index}: expected the vector of its text, found {found_numbers}"
    return None


def printed(text: str) -> list[list[float]]:
    """The embeddings that a program printed, in any notation: every list of numbers."""
    return [
        [float(number) for number in re.findall(NUMBER, found)] for found in LIST_OF_NUMBERS.findall(text)
    ]


def _numbers(embedding: Any) -> npt.NDArray[np.float64]:
    if isinstance(embedding, str):
        with np.errstate(invalid="ignore"):  # other bytes may be invalid floats
            return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4").astype(np.float64)
    return np.asarray(embedding, np.float64)
