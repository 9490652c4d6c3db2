"""What strict parsing costs: orjson, json and conformance side by side, in one run, on the same bodies.

Run it with ``python benchmarks/parse.py``; it takes about 20 seconds. The three readers take turns, so that a
slow moment of the machine hits all of them. Times are medians in milliseconds.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import orjson

from conformance.validation import MISSING, parse

DIMENSIONS = 1536
SECONDS = 3.0
"""For one body, all readers together; but at least 5 and at most 200 turns."""

READERS: dict[str, Callable[[bytes], object]] = {
    "orjson": orjson.loads,
    "json": json.loads,
    "ours": lambda body: parse(body).value,
}


def bodies() -> Iterator[tuple[str, bytes]]:
    """The bodies, each with what it is."""
    chance = random.Random(1)
    for count in (1, 100, 2048):
        yield f"answer, {count} x {DIMENSIONS} floats", answer(chance, count)
    words = ["vector", "café", "gateway", "re:", "naïve", "the", "answer", "42%", "embedding", "(so)"]
    texts = [" ".join(chance.choices(words, k=60)) for _ in range(2048)]
    yield "request, 2048 strings", request(texts)
    yield "request, 2048 x 256 tokens", request([chance.choices(range(100_000), k=256) for _ in texts])
    yield "request, 1 string", request(["hello"])
    yield "request, 2048 strings of JSON", request([json.dumps({"text": text}) for text in texts])
    # The slow way: orjson would round the integer.
    yield "request, 2048 strings and 2**70", request([*texts, 2**70])


def answer(chance: random.Random, count: int) -> bytes:
    """An answer of *count* vectors, written as Python's json writes floats."""
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": [chance.gauss(0, 0.03) for _ in range(DIMENSIONS)],
        }
        for index in range(count)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return json.dumps({"object": "list", "data": data, "model": "m", "usage": usage}).encode()


def request(inputs: Sequence[object]) -> bytes:
    """A request for these *inputs*."""
    return json.dumps({"model": "m", "input": inputs}, ensure_ascii=False).encode()


def measure(body: bytes) -> dict[str, float]:
    """The median time of each reader on *body*, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in READERS}
    end = time.perf_counter() + SECONDS
    for turn in range(200):
        if turn >= 5 and time.perf_counter() > end:
            break
        for name, read in READERS.items():
            start = time.perf_counter()
            value = read(body)
            times[name].append(time.perf_counter() - start)
            assert value is not MISSING
            del value
    return {name: median(values) * 1000 for name, values in times.items()}


def main() -> None:
    """Print the table."""
    print(f"{'body':34}{'MB':>8}" + "".join(f"{name:>11}" for name in READERS) + f"{'ours/orjson':>13}")
    for title, body in bodies():
        times = measure(body)
        figures = "".join(f"{milliseconds:11.3f}" for milliseconds in times.values())
        print(f"{title:34}{len(body) / 1e6:8.3f}{figures}{times['ours'] / times['orjson']:13.2f}")


if __name__ == "__main__":
    main()
