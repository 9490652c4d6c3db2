"""Mutants that give texts wrong vectors, each in a way that only a comparison with other answers shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from conformance.contract import Contract
from tests.mutants.asgi import Call, Fault, Reply, Serve
from tests.mutants.embedding import (
    Vector,
    embeds,
    embeds_input,
    embeds_texts,
    input_of,
    inputs,
    is_batch,
    is_list_of,
    most_texts,
    places,
    read,
    revector,
    size,
    unit,
    with_input,
    words,
)
from tests.mutants.mutant import Mutant, Payload, only


def meaning_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area meaning."""
    yield from _forms()
    yield from _batches(most_texts(contract) // 4)
    yield from _collapsing()
    yield from _cutting()
    yield from _repeating()
    yield from _norms()


def _forms() -> Iterator[Mutant]:
    single, tokens = "meaning.single-item", "meaning.tokens"
    yield Mutant("embeds the brackets of an array of one", single, embeds_input(_bracketed))
    yield Mutant(
        "pools an array of one in another way",
        single,
        _where_input(
            lambda v: is_list_of(v, str) and len(v) == 1, revector(lambda vs, _: [unit(abs(vs[0]))])
        ),
    )
    yield Mutant("embeds tokens as other text", tokens, embeds_input(_shifted))
    yield Mutant("embeds the first token array without its first token", tokens, embeds_input(_beheaded))
    yield Mutant("embeds the user", "meaning.user", embeds(_with_user))
    yield Mutant("takes a user for a salt", "meaning.user", _where(lambda p: "user" in p, revector(_turned)))


def _batches(many: int) -> Iterator[Mutant]:
    equal, mixed, large = (f"meaning.batch.{what}" for what in ("equal-lengths", "mixed-lengths", "large"))
    yield Mutant("mixes texts of equal lengths", equal, _where_input(_are_equal, revector(_mixed)))
    yield Mutant("cuts batches into sixteens, each like the first", equal, places(_from_start(16)))
    yield Mutant("lets much padding into a text", mixed, _where_input(_are_uneven, embeds_input(_padded)))
    yield Mutant("lets padding into a text", mixed, _where_input(is_batch, embeds_input(_padded)))
    yield Mutant("sorts texts by length and leaves them so", mixed, places(_by_length))
    yield Mutant("cuts large batches, each part like the first", large, places(_from_start(many)))
    yield Mutant("gives the parts of large batches in another order", large, places(_last_part_first(many)))
    yield Mutant("knows a batch again in any order", "meaning.permutation", _SortedCache())
    yield Mutant("embeds equal texts of a batch once", "meaning.duplicates", places(_once))
    yield Mutant("takes a text that it saw for the one before it", "meaning.duplicates", places(_one_before))
    yield Mutant(
        "lets a long text into the short one behind it in a batch",
        "meaning.after-long-text",
        embeds_input(_carried),
    )
    yield Mutant("remembers the end of a long text", "meaning.after-long-text", _Leftover())


def _collapsing() -> Iterator[Mutant]:
    texts, endings, beginnings = (f"meaning.different.{what}" for what in ("texts", "endings", "beginnings"))
    yield Mutant(
        "knows one text of five words", texts, embeds_texts(lambda t: "river" if words(t) == 5 else t)
    )
    yield Mutant("gives every text the same vector", texts, embeds_texts(lambda t: "river"))
    scripts = "meaning.different.scripts"
    yield Mutant("reads letters beyond ASCII as one", scripts, embeds_texts(_ascii))
    yield Mutant(
        "drops letters beyond ASCII", scripts, embeds_texts(lambda t: _ascii(t).replace("?", "") or t)
    )
    yield Mutant("knows a text by its first word", endings, embeds_texts(lambda t: _first(t, 1)))
    yield Mutant("pools the beginning of a text", endings, embeds_texts(lambda t: _first(t, 50)))
    yield Mutant("pools the last word alone", beginnings, embeds_texts(lambda t: _last(t, 1)))
    yield Mutant("pools the end of a text", beginnings, embeds_texts(lambda t: _last(t, 30)))


def _cutting() -> Iterator[Mutant]:
    for most in (100, 230, 290):
        yield Mutant(
            f"cuts texts after {most} words",
            "meaning.truncation",
            embeds_texts(partial(_first, count=most)),
        )


def _repeating() -> Iterator[Mutant]:
    repeated = "meaning.deterministic"
    yield Mutant("is right three times", repeated, _Counting(lambda number: number <= 3))
    late = _Counting(lambda number: number > 1)
    yield Mutant(
        "is right from the second time on", repeated, _where_input(lambda v: 6 <= words(v) <= 8, late)
    )
    yield Mutant("is wrong every third time", repeated, _Counting(lambda number: number % 3))
    everywhere = ("meaning.*", "response.base64.equals-float")
    yield Mutant("is never twice the same", repeated, _Noise(), also=everywhere)


def _norms() -> Iterator[Mutant]:
    length, prefix = "meaning.unit-length", "meaning.prefix"
    yield Mutant(
        "gives whole vectors of length 3", length, _whole(revector(lambda vs, _: [3 * v for v in vs]))
    )
    yield Mutant(
        "gives longer texts longer vectors",
        length,
        revector(lambda vs, p: [v * (1 + size(i) / 99) for v, i in zip(vs, inputs(p["input"]), strict=True)]),
    )
    yield Mutant("cuts vectors and leaves them short", prefix, _shortened(lambda v, n: v[:n]))
    yield Mutant("gives the last dimensions", prefix, _shortened(lambda v, n: unit(v[-n:])))
    yield Mutant("gives every other dimension", prefix, _shortened(lambda v, n: unit(np.resize(v[::2], n))))


def _where(condition: Callable[[Payload], object], fault: Fault) -> Fault:
    return only(lambda payload: "input" in payload and condition(payload), fault)


def _where_input(condition: Callable[[Any], object], fault: Fault) -> Fault:
    return _where(lambda payload: condition(payload["input"]), fault)


def _whole(fault: Fault) -> Fault:
    return only(lambda payload: "dimensions" not in payload, fault)


def _shortened(cut: Callable[[Vector, int], Vector]) -> Fault:
    """Shorter vectors are what *cut* makes of the whole ones."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        payload = call.payload()
        if answer.status != 200 or "dimensions" not in payload:
            return answer
        wanted = payload.pop("dimensions")
        whole = await correct(call.with_payload(payload))
        if wanted > read(whole.payload()["data"][0]["embedding"]).size:
            return answer

        async def recall(_: Call) -> Reply:
            return whole

        return await revector(lambda vectors, _: [cut(vector, wanted) for vector in vectors])(call, recall)

    return serve


def _bracketed(value: Any) -> Any:
    return [f'["{value[0]}"]'] if is_list_of(value, str) and len(value) == 1 else value


def _shifted(value: Any) -> Any:
    """Flat tokens alone are of another vocabulary."""
    return [token + 1 for token in value] if is_list_of(value, int) else value


def _beheaded(value: Any) -> Any:
    return [value[0][1:] or value[0], *value[1:]] if is_list_of(value, list) else value


def _with_user(payload: Payload) -> Payload:
    if "user" not in payload or not isinstance(payload["input"], str):
        return payload
    return with_input(payload, f"{payload['user']} {payload['input']}")


def _turned(vectors: list[Vector], _: Payload) -> list[Vector]:
    return [np.roll(vector, 1) for vector in vectors]


def _are_equal(value: Any) -> bool:
    return is_batch(value) and len({size(text) for text in value}) == 1


def _are_uneven(value: Any) -> bool:
    """Three texts or more, one of them ten times as long as another."""
    return is_batch(value) and len(value) > 2 and max(map(size, value)) > 10 * min(map(size, value))


def _mixed(vectors: list[Vector], _: Payload) -> list[Vector]:
    middle = sum(vectors, 0 * vectors[0]) / len(vectors)
    return [unit(vector + middle) for vector in vectors]


def _padded(value: list[str]) -> list[str]:
    longest = max(map(size, value))
    return [text if size(text) == longest else f"{text} {'padding ' * (longest % 7 + 1)}" for text in value]


def _from_start(many: int) -> Callable[[list[Any], Payload], list[int]]:
    return lambda values, _: [place % many for place in range(len(values))]


def _last_part_first(many: int) -> Callable[[list[Any], Payload], list[int]]:
    return lambda values, _: [*range(many, len(values)), *range(min(many, len(values)))]


def _by_length(values: list[Any], _: Payload) -> list[int]:
    return sorted(range(len(values)), key=lambda place: size(values[place]))


def _once(values: list[Any], _: Payload) -> list[int]:
    different = [place for place, value in enumerate(values) if values.index(value) == place]
    return different + [different[-1]] * (len(values) - len(different))


def _one_before(values: list[Any], _: Payload) -> list[int]:
    return [place if values.index(value) == place else place - 1 for place, value in enumerate(values)]


def _carried(value: Any) -> Any:
    """In a batch, a short text behind a very long one."""
    if not is_batch(value):
        return value
    return [
        f"{text} {_last(before, 3)}" if words(before) > 120 and words(text) < 20 else text
        for before, text in zip(["", *value[:-1]], value, strict=True)
    ]


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _first(text: str, count: int) -> str:
    kept = text.split()[:count]
    return " ".join(kept) if len(kept) < len(text.split()) else text


def _last(text: str, count: int) -> str:
    kept = text.split()
    return text if len(kept) <= count else " ".join(kept[len(kept) - count :])


class _SortedCache:
    """Batches of the same texts are the same batch."""

    def __init__(self) -> None:
        self._known: dict[str, Reply] = {}

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        payload = call.payload()
        if answer.status != 200 or not is_batch(payload["input"]):
            return answer
        key = repr({**payload, "input": sorted(payload["input"])})
        return self._known.setdefault(key, answer)


class _Leftover:
    """The end of a text of more than 100 words stays in memory, and gets into each text of four words."""

    def __init__(self) -> None:
        self._left = ""

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        value = input_of(call.payload())
        if words(value) > 100:
            self._left = _last(value, 3)
        if words(value) == 4 and self._left:
            return await embeds_texts(lambda text: f"{text} {self._left}")(call, correct)
        return await correct(call)


class _Counting:
    """Embeds another text when *right* is false of the number of times that a request has come."""

    def __init__(self, right: Callable[[int], object]) -> None:
        self._right = right
        self._seen: Counter[bytes] = Counter()

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        self._seen[call.body] += 1
        if self._right(self._seen[call.body]):
            return await correct(call)
        return await embeds_texts(lambda text: f"{text} again")(call, correct)


class _Noise:
    """Adds other noise to the vectors of each request."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        return await revector(self._noisy)(call, correct)

    def _noisy(self, vectors: list[Vector], _: Payload) -> list[Vector]:
        return [unit(v + self._random.normal(0, 0.5 / len(v) ** 0.5, len(v))) for v in vectors]
