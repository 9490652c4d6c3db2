"""Area ``meaning``: what must hold between the vectors of different requests, whatever the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random

import numpy as np

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context
from conformance.checks.metamorphic import Found, differing, pairwise, relation
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Check, Expect, NothingToJudge, Probe, one_by_one
from conformance.generators.sample_texts import SCRIPTS, equal_lengths, mixed_lengths, text
from conformance.validation.embeddings import Vector, compared, same

SMALL_BATCHES = (2, 3, 17)
LARGE_BATCHES = (33, 65, 129, 640)
"""One beyond the sizes at which servers cut batches, and many; at most half of what the contract admits."""

SAMPLES = 6
UNIT = 0.01
"""Distance from 1 within which a norm counts as 1; servers round, and some compute in 16 bits."""


def meaning_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on meaning."""
    return checks_of(CHECKS, context, vectors)


def _singles(context: Context, texts: Sequence[str]) -> list[Probe]:
    return [context.relating(f"the text {t[:40]!r} alone", t) for t in texts]


def _single_item(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    texts = equal_lengths(2)
    probes = [
        p
        for t in texts
        for p in (context.relating("a text as a string", t), context.relating("a text in an array", [t]))
    ]
    compare = pairwise([(1, 0, 0, 0), (3, 0, 2, 0)], "the vector of the same text as a string")
    return relation(requirement, vectors, probes, compare, context.needs_of("a", ["a"]))


def _batches(texts: Sequence[str], sizes: Sequence[int]) -> Callable[[Context, Vectors, Requirement], Check]:
    def make(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
        singles = _singles(context, texts)
        admitted = sorted({context.several(size) for size in sizes})
        batches = [context.relating(f"a batch of {size} texts", list(texts[:size])) for size in admitted]
        pairs = [(len(texts) + n, i, i, 0) for n, size in enumerate(admitted) for i in range(size)]
        compare = pairwise(pairs, "the vector that its text gets alone")
        return relation(requirement, vectors, [*singles, *batches], compare, context.needs_of("a", ["a"]))

    return make


def _large_batch(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    sizes = sorted({min(size, max(2, context.most_texts // 2)) for size in LARGE_BATCHES})
    most = sizes[-1]
    texts = [f"{text(n, 2)} {n}" for n in range(most)]
    sample = Random(most).sample(range(most), min(SAMPLES, most))
    places = sorted({0, *(size - 1 for size in sizes), *sample})
    singles = _singles(context, [texts[place] for place in places])
    batches = [context.relating(f"a batch of {size} texts", texts[:size]) for size in sizes]
    pairs = [
        (len(places) + number, place, n, 0)
        for number, size in enumerate(sizes)
        for n, place in enumerate(places)
        if place < size
    ]
    compare = pairwise(pairs, "the vector that its text gets alone")
    return relation(requirement, vectors, [*singles, *batches], compare, context.needs_of("a", ["a"]))


def _permutation(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    texts = mixed_lengths(context.several(9))
    order = Random(9).sample(range(len(texts)), len(texts))
    probes = [
        context.relating("a batch of texts", texts),
        context.relating("the same batch in another order", [texts[place] for place in order]),
    ]
    pairs = [(1, n, 0, place) for n, place in enumerate(order)]
    compare = pairwise(pairs, "the vector that the same text has in the first order")
    return relation(requirement, vectors, probes, compare, context.needs_of(["a"]))


def _duplicates(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    one, two, three = equal_lengths(3)
    probes = [context.relating("a batch with a text three times", [one, two, one, three, one])]
    compare = pairwise([(0, 2, 0, 0), (0, 4, 0, 0)], "the vector of the same text at position 0")
    return relation(requirement, vectors, probes, compare, context.needs_of(["a"]))


def _different(texts: Sequence[str], what: str) -> Callable[[Context, Vectors, Requirement], Check]:
    def make(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
        pairs = [(i, j) for j in range(len(texts)) for i in range(j)]
        compare = differing(pairs, what)
        return relation(requirement, vectors, _singles(context, texts), compare, context.needs_of("a"))

    return make


def _escapes(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """The same JSON text in two spellings: characters as they are, and escaped (RFC 8259, section 7)."""
    probes = []
    for value in ESCAPED:
        plain = context.relating("characters as they are", value)
        escaped = json.dumps(json.loads(context.changed(input=value)), ensure_ascii=True).encode()
        probes += [plain, context.plain_probe("the same characters, escaped", Expect.ACCEPT, body=escaped)]
    pairs = [(place + 1, 0, place, 0) for place in range(0, len(probes), 2)]
    compare = pairwise(pairs, "the vector of the same text, not escaped")
    return relation(requirement, vectors, probes, compare, context.needs_of("a"))


def _repeated(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(50, 8)
    probes = [context.relating("the same text again", value, occurrence=n) for n in range(4)]
    compare = pairwise([(n, 0, 0, 0) for n in (1, 2, 3)], "the vector of the first time")
    return relation(requirement, vectors, probes, compare, context.needs_of("a"), one_by_one)


def _user(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(51, 8)
    probes = [
        context.relating("no user", value),
        context.relating("a user", value, user="user-1"),
        context.relating("another user", value, user="user-2"),
    ]
    compare = pairwise([(1, 0, 0, 0), (2, 0, 0, 0)], "the vector without a user")
    return relation(requirement, vectors, probes, compare, context.needs_of("a"))


def _after_long_text(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    short, long = text(52, 4), text(53, 150)
    probes = [
        context.relating("a short text", short, occurrence="before"),
        context.relating("a long text", long),
        context.relating("the short text again", short, occurrence="after"),
        context.relating("the short text beside a long one", [long, short]),
    ]
    compare = pairwise([(2, 0, 0, 0), (3, 1, 0, 0)], "the vector of the short text before the long one")
    return relation(requirement, vectors, probes, compare, context.needs_of("a", ["a"]), one_by_one)


def _seen_and_new(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """A cache that knows some texts of a batch: first, in the middle, last."""
    texts = [text(number, 6) for number in range(60, 66)]
    seen = (0, 3, 5)
    alone = [context.relating("a text, to be seen again", texts[n], occurrence="seen") for n in seen]
    batch = context.relating("a batch of seen and new texts", texts, occurrence="seen")
    after = [context.relating("a text of the batch alone", t, occurrence="after") for t in texts]
    pairs = [(len(seen), place, n, 0) for n, place in enumerate(seen)]
    pairs += [(len(seen) + 1 + n, 0, len(seen), n) for n in range(len(texts))]
    compare = pairwise(pairs, "the vector that the same text has alone")
    return relation(
        requirement, vectors, [*alone, batch, *after], compare, context.needs_of("a", ["a"]), one_by_one
    )


def _unit_length(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        for place, answer in enumerate(read):
            norm = float(np.linalg.norm(answer[0]))
            if abs(norm - 1) > UNIT:
                yield place, "a vector of length 1", f"{norm:.4f}"
                return

    probes = _singles(context, mixed_lengths(4))
    return relation(requirement, vectors, probes, compare, context.needs_of("a"))


def _prefix(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """``dimensions`` n is the beginning of the whole vector, brought to its length again."""
    value, sizes = text(54, 8), (8, 64)
    probes = [context.relating("a text", value)]
    probes += [context.relating(f"dimensions {size}", value, dimensions=size) for size in sizes]

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        whole = read[0][0]
        if [answer[0].size for answer in read[1:]] != list(sizes):
            raise NothingToJudge("dimensions are not honoured")
        for place, size in enumerate(sizes, 1):
            length = float(np.linalg.norm(whole)) / max(float(np.linalg.norm(whole[:size])), 1e-12)
            cut = whole[:size] * length
            if not same(read[place][0], cut):
                yield (
                    place,
                    f"the first {size} numbers, brought to the length of the whole",
                    compared(read[place][0], cut),
                )
                return

    return relation(requirement, vectors, probes, compare, context.needs_of("a"))


ESCAPED = ("Größe über Ähren", "🦀 river 👍🏽 stone \U0001d4b3")
PARAGRAPH = text(70, 60)
LONG = text(71, 320).split()

CHECKS: Makers = {
    "meaning.single-item": _single_item,
    "meaning.batch.equal-lengths": _batches(equal_lengths(17), SMALL_BATCHES),
    "meaning.batch.mixed-lengths": _batches(mixed_lengths(17), SMALL_BATCHES),
    "meaning.batch.large": _large_batch,
    "meaning.permutation": _permutation,
    "meaning.duplicates": _duplicates,
    "meaning.different.texts": _different(equal_lengths(6), "the vector of another text"),
    "meaning.different.scripts": _different(SCRIPTS, "the vector of another text"),
    "meaning.different.endings": _different(
        [f"{PARAGRAPH} {text(72, 12)}", f"{PARAGRAPH} {text(73, 12)}", PARAGRAPH],
        "a vector of its own, for a text that shares its beginning with another",
    ),
    "meaning.different.beginnings": _different(
        [f"{text(74, 12)} {PARAGRAPH}", f"{text(75, 12)} {PARAGRAPH}", PARAGRAPH],
        "a vector of its own, for a text that shares its ending with another",
    ),
    "meaning.json-escapes": _escapes,
    "meaning.deterministic": _repeated,
    "meaning.user": _user,
    "meaning.after-long-text": _after_long_text,
    "meaning.partly-cached": _seen_and_new,
    "meaning.truncation": _different(
        [" ".join(LONG), " ".join(LONG[:300])],
        "a vector that the end of a text of some hundred words has a part in",
    ),
    "meaning.unit-length": _unit_length,
    "meaning.prefix": _prefix,
}
