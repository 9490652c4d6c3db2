"""Servers whose vectors are not those of the snapshot, with one fault each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faulty_servers.embeddings import (
    Vector,
    changes_token_count,
    changes_vectors,
    count_words,
    embeds_texts,
    inputs,
    is_base64,
    is_text_batch,
    normalized,
    only_for_input,
)
from tests.faulty_servers.faults import only_for, rejects
from tests.faulty_servers.servers import Fault


@dataclass(frozen=True)
class Mutant:
    """The reference server with one fault, which violates the requirement ``breaks``."""

    name: str
    breaks: str
    fault: Fault


def mutants() -> dict[str, Mutant]:
    """All mutants by name."""
    made = [Mutant(name, f"stability.{breaks}", fault) for name, breaks, fault in _all()]
    assert len({mutant.name for mutant in made}) == len(made)
    return {mutant.name: mutant for mutant in made}


def _all() -> Iterator[tuple[str, str, Fault]]:
    cuts = changes_vectors(lambda vectors, payload: [normalized(v[:80]) for v in vectors])
    yield "cuts vectors to their first numbers", "length", only_for(lambda p: "dimensions" not in p, cuts)
    yield "has another model behind the same name", "neighbors.single", embeds_texts(lambda text: text[::-1])
    yield (
        "puts an instruction before each text",
        "neighbors.single",
        embeds_texts(lambda t: f"search query: {t}"),
    )
    yield "no longer normalizes vectors", "vector.single", changes_vectors(_scaled)
    for breaks, condition in FORMS.items():
        moved, mixed = (
            only_for(condition, changes_vectors(_moved)),
            only_for(condition, changes_vectors(_rotated)),
        )
        yield f"returns other vectors {WHERE[breaks]}", f"neighbors.{breaks}", mixed
        yield f"returns slightly other vectors {WHERE[breaks]}", f"vector.{breaks}", moved
    yield (
        "counts the tokens of another tokenizer",
        "tokens",
        changes_token_count(lambda counts: sum(counts) + 2),
    )
    yield "truncates texts after 200 words", "truncation", embeds_texts(_first_words(200))
    yield "rejects texts of more than 200 words", "truncation", rejects(_has_long_text)
    batches = only_for_input(is_text_batch, changes_vectors(_leaking))
    yield "mixes a vector with its neighbor in a batch", "vector.batch", batches


WHERE = {
    "batch": "in batches",
    "base64": "in base64",
    "dimensions": "with fewer dimensions",
}

FORMS: dict[str, Callable[[dict[str, object]], object]] = {
    "batch": lambda payload: is_text_batch(payload.get("input")) and len(payload) == 2,
    "base64": is_base64,
    "dimensions": lambda payload: "dimensions" in payload,
}
"""Requests of one form only."""


def _scaled(vectors: list[Vector], _: object) -> list[Vector]:
    return [vector * 1.1 for vector in vectors]


def _moved(vectors: list[Vector], _: object) -> list[Vector]:
    """Vectors whose direction has moved by 3 %."""
    return [normalized(vector + 0.03 * vector[::-1]) for vector in vectors]


def _rotated(vectors: list[Vector], _: object) -> list[Vector]:
    """Vectors with their numbers in another order."""
    return [vector[::-1] for vector in vectors]


def _leaking(vectors: list[Vector], _: object) -> list[Vector]:
    return [
        normalized(one + 0.04 * other) for one, other in zip(vectors, [*vectors[1:], vectors[0]], strict=True)
    ]


def _has_long_text(payload: dict[str, object]) -> bool:
    return any(count_words(text) > 200 for text in inputs(payload.get("input") or [""]))


def _first_words(count: int) -> Callable[[str], str]:
    return lambda text: text if len(text.split()) <= count else " ".join(text.split()[:count])
