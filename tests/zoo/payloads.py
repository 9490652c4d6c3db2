"""What the zoo knows of payloads: the contract's credentials, the texts of an input, the numbers of an embedding."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

from conformance.contract import Contract
from conformance.reference import default_credentials

Json = dict[str, Any]
Vector = npt.NDArray[np.float32]

CONTRACT = Contract.load()
CREDENTIALS = default_credentials(CONTRACT)


def is_base64(payload: Json) -> bool:
    """Whether *payload* asks for base64."""
    return bool(payload.get("encoding_format") == "base64")


def is_batch(payload: Json) -> bool:
    """Whether *payload* has an array of texts, each as a string or as tokens."""
    value = payload.get("input")
    return isinstance(value, list) and bool(value) and isinstance(value[0], str | list)


def is_tokens(payload: Json) -> bool:
    """Whether *payload* has tokens, of one text or of several."""
    value = payload.get("input")
    return isinstance(value, list) and bool(value) and not isinstance(value[0], str)


def texts_of(payload: Json) -> list[Any]:
    """The texts of a valid *payload*: each a string, or a list of tokens."""
    return list(payload["input"]) if is_batch(payload) else [payload["input"]]


def tokens_in(text: str | list[int]) -> int:
    """How many tokens the reference counts in a text."""
    return len(text.encode() if isinstance(text, str) else text)


def read(embedding: Any) -> Vector:
    """The numbers of an embedding in either encoding."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), "<f4")
    return np.asarray(embedding, np.float32)


def write(vector: npt.ArrayLike, *, as_base64: bool) -> Any:
    """An embedding in the wanted encoding, of single precision."""
    numbers = np.asarray(vector, "<f4")
    return base64.b64encode(numbers.tobytes()).decode() if as_base64 else numbers.tolist()
