"""Misinterpretations of requests that need an unsupported capability: conversions of their payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .embeddings import is_array_of, with_input
from .messages import Payload

Convert = Callable[[Payload], Payload]
"""Converts the payload of a request to the payload that the server embeds."""


def without_property(name: str) -> Convert:
    """Ignore the property *name*."""
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def on_input(change: Callable[[Any], Any]) -> Convert:
    """Change the input."""
    return lambda payload: with_input(payload, change(payload["input"]))


def first_token(tokens: list[int]) -> str:
    """The first token, as a text."""
    return str(tokens[0])


def tokens_as_texts(tokens: list[int]) -> list[str]:
    """One text for each token."""
    return [str(token) for token in tokens]


def arrays_as_texts(arrays: list[list[int]]) -> list[str]:
    """One text of token ids for each array of tokens."""
    return [" ".join(map(str, tokens)) for tokens in arrays]


def first_item(items: list[Any]) -> Any:
    """The first input of a batch."""
    return items[0]


def joined(items: list[Any]) -> Any:
    """All inputs of a batch as a single one."""
    return " ".join(items) if isinstance(items[0], str) else [id for tokens in items for id in tokens]


def truncated(limit: int) -> Callable[[Any], Any]:
    """The first *limit* words of each text, or tokens of each array."""

    def truncate(value: Any) -> Any:
        if isinstance(value, str):
            return " ".join(value.split()[:limit])
        return value[:limit] if is_array_of(value, int) else list(map(truncate, value))

    return truncate
