"""Mutants whose responses are valid one by one, but not when they are compared, or when tokens are counted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.contract import Contract
from tests.faulty_servers.embeddings import (
    changes_token_count,
    changes_vectors,
    input_of,
    is_array_of,
    is_base64,
    max_texts,
    normalized,
    reorders,
)
from tests.faulty_servers.faults import Condition, changes_result, only_for
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant


def consistency_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area response that only several responses, or several items of one, reveal."""
    yield from _orders()
    yield from _zeros(contract)
    yield from _lengths(contract)
    yield from _encodings()
    yield from _names(contract)
    yield from _tokens()


def _orders() -> Iterator[Mutant]:
    order = "response.order"
    yield Mutant(
        "returns items in reverse order", order, changes_result(lambda result, _: result["data"].reverse())
    )
    yield Mutant(
        "returns the first item last",
        order,
        changes_result(lambda result, _: result["data"].append(result["data"].pop(0))),
    )
    yield Mutant("sorts items by their index as text", order, changes_result(_sort_as_text))


def _zeros(contract: Contract) -> Iterator[Mutant]:
    zero = "response.not-zero"
    zeros = changes_vectors(lambda vectors, _: [0 * vector for vector in vectors])
    last = changes_vectors(lambda vectors, _: [*vectors[:-1], 0 * vectors[-1]])
    most = max_texts(contract)
    yield Mutant("returns zeros for a single token", zero, only_for(_is_one_token, zeros))
    yield Mutant("returns zeros for the last text of the largest batch", zero, only_for(_has(most), last))
    yield Mutant(
        "returns zeros in base64 for requests with a user",
        zero,
        only_for(lambda p: is_base64(p) and "user" in p, zeros),
    )
    yield Mutant("returns zeros", zero, zeros)


def _lengths(contract: Contract) -> Iterator[Mutant]:
    constant, most = "response.constant-length", max_texts(contract)
    shorter = changes_vectors(
        lambda vectors, _: [normalized(vector[: len(vector) // 2]) for vector in vectors]
    )
    longer = changes_vectors(lambda vectors, _: [normalized(np.concatenate([v, v])) for v in vectors])
    yield Mutant(
        "shortens vectors of token arrays in requests with a user",
        constant,
        only_for(lambda p: "user" in p and is_array_of(input_of(p), list) and "dimensions" not in p, shorter),
    )
    yield Mutant("doubles the length of vectors in the largest batch", constant, only_for(_has(most), longer))


def _encodings() -> Iterator[Mutant]:
    same = "response.base64.equals-float"
    yield Mutant("encodes 64-bit floats in base64", same, _encoded_as("<f8"))
    yield Mutant("encodes 16-bit floats in base64", same, _encoded_as("<f2"))
    yield Mutant("encodes big-endian floats in base64", "response.finite", _encoded_as(">f4"))
    tripled = changes_vectors(lambda vectors, _: [3 * vector for vector in vectors])
    yield Mutant("encodes vectors of another norm in base64", same, only_for(is_base64, tripled))
    reversed_ = reorders(lambda values, _: range(len(values))[::-1])
    yield Mutant("returns batches in base64 in reverse order", same, only_for(is_base64, reversed_))
    yield Mutant(
        "ignores dimensions in base64",
        "response.dimensions",
        only_for(
            lambda p: is_base64(p) and "dimensions" in p,
            changes_vectors(lambda vs, _: [np.resize(v, 99) for v in vs]),
        ),
    )


def _names(contract: Contract) -> Iterator[Mutant]:
    other = next(name for name in contract.known_models if name != contract.example_model)
    named, same = "response.model.named", "response.model.same"
    yield Mutant("returns an empty model", named, _model(""))
    yield Mutant("returns an empty model with base64", named, only_for(is_base64, _model("")))
    yield Mutant("returns the name of another model", same, _model(other))
    yield Mutant(
        "returns the name of another model for tokens",
        same,
        only_for(lambda p: is_array_of(input_of(p), int), _model(other)),
    )


def _tokens() -> Iterator[Mutant]:
    counted, grows, sums = (f"response.usage.{what}" for what in ("counted", "grows", "sums"))
    yield Mutant(
        "counts a single token as zero", counted, changes_token_count(lambda n: sum(n) if n != [1] else 0)
    )
    yield Mutant("counts zero tokens", counted, changes_token_count(lambda n: 0))
    yield Mutant(
        "counts zero tokens for batches", counted, changes_token_count(lambda n: sum(n) if len(n) == 1 else 0)
    )
    yield Mutant("counts five tokens for each text", grows, changes_token_count(lambda n: 5 * len(n)))
    yield Mutant(
        "counts at most eight tokens of a text",
        grows,
        changes_token_count(lambda n: sum(min(8, i) for i in n)),
    )
    yield Mutant("counts eight tokens for each request", grows, changes_token_count(lambda n: 8))
    yield Mutant("counts only the first text of a batch", sums, changes_token_count(lambda n: n[0]))
    yield Mutant("counts only the last text of a batch", sums, changes_token_count(lambda n: n[-1]))
    tokens = "response.usage.tokens"
    yield Mutant("counts characters as tokens", tokens, changes_result(_counts_in(len)))
    yield Mutant(
        "counts UTF-16 units and one special token",
        tokens,
        changes_result(_counts_in(lambda text: len(text.encode("utf-16-le")) // 2 + 1)),
    )
    yield Mutant("counts padding as tokens", sums, changes_token_count(lambda n: max(n) * len(n)))


def _counts_in(measure: Callable[[str], int]) -> Callable[[Any, Payload], None]:
    """Counts the tokens of texts with *measure*; arrays of tokens are counted correctly."""

    def change(result: Any, payload: Payload) -> None:
        value = input_of(payload)
        texts = value if isinstance(value, list) else [value]
        if all(isinstance(text, str) for text in texts):
            count = sum(map(measure, texts))
            result["usage"].update(prompt_tokens=count, total_tokens=count)

    return change


def _sort_as_text(result: Any, _: Payload) -> None:
    result["data"].sort(key=lambda item: str(item["index"]))


def _encoded_as(kind: str) -> Fault:
    def change(result: Any, _: Payload) -> None:
        for item in result["data"]:
            if isinstance(item["embedding"], str):
                vector = np.frombuffer(b64decode(item["embedding"]), "<f4")
                item["embedding"] = b64encode(vector.astype(kind).tobytes()).decode()

    return changes_result(change)


def _model(name: str) -> Fault:
    return changes_result(lambda result, _: result.update(model=name))


def _is_one_token(payload: Payload) -> bool:
    value = input_of(payload)
    return is_array_of(value, int) and len(value) == 1


def _has(count: int) -> Condition:
    """Whether a payload has that many inputs."""
    return lambda payload: isinstance(payload.get("input"), list) and len(payload["input"]) == count
