"""What the faulty servers do to correct responses."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.faulty_servers.embeddings import Vector, decode, encode, inputs, is_array_of, to_base64
from tests.faulty_servers.faults import changes_response, changes_result
from tests.faulty_servers.messages import Payload, Response, respond
from tests.faulty_servers.servers import Fault

FIRST_NUMBER = re.compile(rb'("embedding":\[)[^,\]]+')

PAGE = b"<!doctype html><title>Error</title><h1>Something went wrong</h1>"


def changes_items(change: Callable[[dict[str, Any]], object]) -> Fault:
    """A server that changes each item of data in place."""

    def write(result: Any, _: Payload) -> None:
        for item in result["data"]:
            change(item)

    return changes_result(write)


def changes_numbers(change: Callable[[list[Any]], Any]) -> Fault:
    """A server that changes each embedding that is an array of numbers."""

    def write(item: dict[str, Any]) -> None:
        if isinstance(item["embedding"], list):
            item["embedding"] = change(item["embedding"])

    return changes_items(write)


def changes_base64(change: Callable[[str], str]) -> Fault:
    """A server that changes each embedding in base64."""

    def write(item: dict[str, Any]) -> None:
        if isinstance(item["embedding"], str):
            item["embedding"] = change(item["embedding"])

    return changes_items(write)


def sets(**members: Any) -> Fault:
    """A server that sets *members* of each response."""
    return changes_result(lambda result, _: result.update(members))


def sets_in_items(**members: Any) -> Fault:
    """A server that sets *members* of each item of data."""
    return changes_items(lambda item: item.update(members))


def removes(*names: str) -> Fault:
    """A server that removes *names* from each response and from its items."""

    def write(result: Any, _: Payload) -> None:
        for one in (result, *result["data"]):
            for name in names:
                one.pop(name, None)

    return changes_result(write)


def has_media_type(media_type: str) -> Fault:
    """A server with the wrong *media_type* for each success."""
    return changes_response(
        lambda _, response: response.ok, lambda response: response.with_header("content-type", media_type)
    )


def page(status: int) -> Response:
    """An error page of a proxy."""
    return respond(status, PAGE, media_type="text/html")


def reversed_without_index(result: Any, _: Payload) -> None:
    """The items in reverse order, without index."""
    result["data"].reverse()
    for item in result["data"]:
        item.pop("index", None)


def every_second_is_shorter(result: Any, _: Payload) -> None:
    """One number less in every second embedding."""
    for item in result["data"][1::2]:
        shorter = decode(item["embedding"])[:-1]
        item["embedding"] = encode(shorter, as_base64=isinstance(item["embedding"], str))


def drifting() -> Callable[[list[Vector], Payload], list[Vector]]:
    """Other vectors in each response."""
    calls = 0

    def change(vectors: list[Vector], _: Payload) -> list[Vector]:
        nonlocal calls
        calls += 1
        return [np.roll(vector, calls % 7 + 1) for vector in vectors]

    return change


def padded(vectors: list[Vector], payload: Payload) -> list[Vector]:
    """In a batch, each text but the longest is filled up, and the filling changes its vector."""
    sizes = [len(item) for item in inputs(payload["input"])]
    return [
        vector if size == max(sizes) else 0.9 * vector + 0.1 * np.roll(vector, 1)
        for vector, size in zip(vectors, sizes, strict=True)
    ]


def tokens_as_text(value: Any) -> Any:
    """The text of the token ids in place of each array of tokens."""
    if is_array_of(value, int):
        return " ".join(map(str, value))
    if is_array_of(value, list):
        return [" ".join(map(str, tokens)) for tokens in value]
    return value


def has_non_ascii(payload: Payload) -> bool:
    """Whether an input of the request is not only ASCII."""
    return any(isinstance(item, str) and not item.isascii() for item in inputs(payload.get("input", "")))


def has_umlaut(payload: Payload) -> bool:
    """Whether an input of the request has an umlaut."""
    texts = [item for item in inputs(payload.get("input", "")) if isinstance(item, str)]
    return any(set(text) & set("äöü") for text in texts)


def batches_are_shorter(vectors: list[Vector], _: Payload) -> list[Vector]:
    """In a batch, each vector without its last number."""
    return [vector[:-1] for vector in vectors] if len(vectors) > 1 else vectors


def with_infinity(body: bytes) -> bytes:
    """A number that no float can hold, in place of the first of each array."""
    return FIRST_NUMBER.sub(rb"\g<1>1e999", body)


def base64_of(kind: str) -> Fault:
    """A server whose base64 has numbers of *kind*, such as ``<f2``."""
    return changes_base64(lambda text: b64encode(decode(text).astype(kind).tobytes()).decode())


def url_safe(text: str) -> str:
    """The base64 *text* in the alphabet for URLs, without padding."""
    return text.translate(str.maketrans("+/", "-_")).rstrip("=")


def as_base64(item: dict[str, Any]) -> None:
    """The embedding in base64, whatever was requested."""
    item["embedding"] = to_base64(decode(item["embedding"]))


def hexadecimal(text: str) -> str:
    """The bytes of the base64 *text* as hexadecimal digits."""
    return b64decode(text).hex()
