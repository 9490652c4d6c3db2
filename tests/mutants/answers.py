"""Mutants whose single answers look right, and are not when they are compared, or their numbers counted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.contract import Contract
from tests.mutants.asgi import Fault
from tests.mutants.embedding import counts, input_of, is_list_of, most_texts, places, revector, unit
from tests.mutants.mutant import Mutant, Payload, Test, answers, only


def answer_mutants(contract: Contract) -> Iterator[Mutant]:
    """Mutants of area response that only several answers, or several items of one, give away."""
    yield from _orders()
    yield from _zeros(contract)
    yield from _lengths(contract)
    yield from _encodings()
    yield from _names(contract)
    yield from _tokens()


def _orders() -> Iterator[Mutant]:
    order = "response.order"
    yield Mutant("answers the last text first", order, answers(lambda a, _: a["data"].reverse()))
    yield Mutant(
        "answers the second text first", order, answers(lambda a, _: a["data"].append(a["data"].pop(0)))
    )
    yield Mutant("sorts its answer by index as text", order, answers(_sort_as_text))


def _zeros(contract: Contract) -> Iterator[Mutant]:
    zero = "response.not-zero"
    nothing = revector(lambda vectors, _: [0 * vector for vector in vectors])
    last = revector(lambda vectors, _: [*vectors[:-1], 0 * vectors[-1]])
    most = most_texts(contract)
    yield Mutant("gives zeros for a single token", zero, only(_is_one_token, nothing))
    yield Mutant("gives zeros for the last of the largest batch", zero, only(_has(most), last))
    yield Mutant(
        "gives zeros in base64 beside a user", zero, only(lambda p: _is_base64(p) and "user" in p, nothing)
    )
    yield Mutant("answers with zeros", zero, nothing)


def _lengths(contract: Contract) -> Iterator[Mutant]:
    constant, most = "response.constant-length", most_texts(contract)
    shorter = revector(lambda vectors, _: [unit(vector[: len(vector) // 2]) for vector in vectors])
    longer = revector(lambda vectors, _: [unit(np.concatenate([v, v])) for v in vectors])
    yield Mutant(
        "shortens the vectors of users' token arrays",
        constant,
        only(lambda p: "user" in p and is_list_of(input_of(p), list) and "dimensions" not in p, shorter),
    )
    yield Mutant("doubles the vectors of the largest batch", constant, only(_has(most), longer))


def _encodings() -> Iterator[Mutant]:
    same = "response.base64.equals-float"
    yield Mutant("packs 64-bit floats", same, _repacked("<f8"))
    yield Mutant("packs 16-bit floats", same, _repacked("<f2"))
    yield Mutant("packs big-endian floats", "response.finite", _repacked(">f4"))
    tripled = revector(lambda vectors, _: [3 * vector for vector in vectors])
    yield Mutant("packs vectors before they have length 1", same, only(_is_base64, tripled))
    reversed_ = places(lambda values, _: range(len(values))[::-1])
    yield Mutant("packs a batch from its end", same, only(_is_base64, reversed_))
    yield Mutant(
        "ignores dimensions in base64",
        "response.dimensions",
        only(
            lambda p: _is_base64(p) and "dimensions" in p,
            revector(lambda vs, _: [np.resize(v, 99) for v in vs]),
        ),
    )


def _names(contract: Contract) -> Iterator[Mutant]:
    other = next(name for name in contract.known_models if name != contract.example_model)
    named, same = "response.model.named", "response.model.same"
    yield Mutant("answers with an empty model", named, _model(""))
    yield Mutant("answers with an empty model in base64", named, only(_is_base64, _model("")))
    yield Mutant("names another model", same, _model(other))
    yield Mutant(
        "names another model for tokens", same, only(lambda p: is_list_of(input_of(p), int), _model(other))
    )


def _tokens() -> Iterator[Mutant]:
    counted, grows, sums = (f"response.usage.{what}" for what in ("counted", "grows", "sums"))
    yield Mutant("counts no token of one", counted, counts(lambda n: sum(n) if n != [1] else 0))
    yield Mutant("counts no tokens", counted, counts(lambda n: 0))
    yield Mutant("counts no tokens of a batch", counted, counts(lambda n: sum(n) if len(n) == 1 else 0))
    yield Mutant("counts five tokens for each text", grows, counts(lambda n: 5 * len(n)))
    yield Mutant("counts at most eight tokens of a text", grows, counts(lambda n: sum(min(8, i) for i in n)))
    yield Mutant("counts eight tokens for each request", grows, counts(lambda n: 8))
    yield Mutant("counts the first text of a batch", sums, counts(lambda n: n[0]))
    yield Mutant("counts the last text of a batch", sums, counts(lambda n: n[-1]))
    tokens = "response.usage.tokens"
    yield Mutant("counts characters", tokens, answers(_counts_in(len)))
    yield Mutant(
        "counts characters and a marker",
        tokens,
        answers(_counts_in(lambda text: len(text.encode("utf-16-le")) // 2 + 1)),
    )
    yield Mutant("counts padding", sums, counts(lambda n: max(n) * len(n)))


def _counts_in(measure: Callable[[str], int]) -> Callable[[Any, Payload], None]:
    """Counts the texts of a request so; tokens it counts as it should."""

    def change(answer: Any, payload: Payload) -> None:
        value = input_of(payload)
        texts = value if isinstance(value, list) else [value]
        if all(isinstance(text, str) for text in texts):
            count = sum(map(measure, texts))
            answer["usage"].update(prompt_tokens=count, total_tokens=count)

    return change


def _sort_as_text(answer: Any, _: Payload) -> None:
    answer["data"].sort(key=lambda item: str(item["index"]))


def _repacked(kind: str) -> Fault:
    def change(answer: Any, _: Payload) -> None:
        for item in answer["data"]:
            if isinstance(item["embedding"], str):
                vector = np.frombuffer(b64decode(item["embedding"]), "<f4")
                item["embedding"] = b64encode(vector.astype(kind).tobytes()).decode()

    return answers(change)


def _model(name: str) -> Fault:
    return answers(lambda answer, _: answer.update(model=name))


def _is_one_token(payload: Payload) -> bool:
    value = input_of(payload)
    return is_list_of(value, int) and len(value) == 1


def _has(count: int) -> Test:
    """Requests with so many inputs."""
    return lambda payload: isinstance(payload.get("input"), list) and len(payload["input"]) == count


def _is_base64(payload: Payload) -> bool:
    return payload.get("encoding_format") == "base64"
