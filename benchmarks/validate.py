"""What validation costs: orjson alone, ours, jsonschema-rs and jsonschema side by side, in one run, on the same bodies.

Run it with ``python benchmarks/validate.py``; it takes about 20 seconds. All begin with the bytes of a body, and take
turns, so that a slow moment of the machine hits all of them; "+ relations" compares an answer with its request as well,
which no schema can. jsonschema-rs is measured where it is installed (Schemathesis brings it), jsonschema not on the
largest body, for which it takes half a minute. Times are medians in milliseconds.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

import orjson
from jsonschema import Draft4Validator

from conformance import Contract, validate_request, validate_response

DIMENSIONS = 1536
SECONDS = 2.0
"""For one body, all readers together; but at least 5 and at most 200 turns."""

SLOW = 5_000_000
"""Bytes of a body from which on jsonschema is left out."""

Reader = Callable[[bytes], object]


def bodies() -> Iterator[tuple[str, str, bytes, bytes]]:
    """What each body is, its schema's name, the body, and the request that it belongs to."""
    chance = random.Random(1)
    for number in (1, 100, 2048):
        request = orjson.dumps({"model": "m", "input": ["river"] * number, "dimensions": DIMENSIONS})
        yield f"answer, {number} x {DIMENSIONS} floats", "response", answer(chance, number), request
    words = ["vector", "café", "gateway", "re:", "naïve", "the", "answer", "42%", "embedding", "(so)"]
    texts = [" ".join(chance.choices(words, k=60)) for _ in range(2048)]
    yield "request, 2048 strings", "request", orjson.dumps({"model": "m", "input": texts}), b""
    tokens = [chance.choices(range(100_000), k=256) for _ in texts]
    yield "request, 2048 x 256 tokens", "request", orjson.dumps({"model": "m", "input": tokens}), b""
    yield "request, 1 string", "request", orjson.dumps({"model": "m", "input": "hello"}), b""
    mixed = [*texts[:1777], 3, *texts[1778:]]
    yield "request, 2048 strings, 1 wrong", "request", orjson.dumps({"model": "m", "input": mixed}), b""


def answer(chance: random.Random, number: int) -> bytes:
    """An answer of *number* vectors."""
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": [chance.gauss(0, 0.03) for _ in range(DIMENSIONS)],
        }
        for index in range(number)
    ]
    usage = {"prompt_tokens": number, "total_tokens": number}
    return orjson.dumps({"object": "list", "data": data, "model": "m", "usage": usage})


def plain(contract: Contract, pointer: str) -> dict[str, Any]:
    """The schema at *pointer* of the contract, as a document of JSON Schema draft 4 that stands alone."""
    document = copy.deepcopy({"components": contract.document["components"]})
    return {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": f"#{pointer}", **document}


def readers(contract: Contract, kind: str, body: bytes, request: bytes) -> dict[str, Reader]:
    """The readers by name, in the order of the table."""
    schema = plain(contract, contract.request.pointer if kind == "request" else contract.response.pointer)
    slow = Draft4Validator(schema)
    ours = validate_request if kind == "request" else validate_response
    found: dict[str, Reader] = {"orjson": orjson.loads, "ours": ours}
    if request:
        found["+ relations"] = lambda body: validate_response(body, request)
    if find_spec("jsonschema_rs"):
        fast = import_module("jsonschema_rs").Draft4Validator(schema)
        found["jsonschema-rs"] = lambda body: list(fast.iter_errors(orjson.loads(body)))
    if len(body) < SLOW:
        found["jsonschema"] = lambda body: list(slow.iter_errors(orjson.loads(body)))
    return found


def measure(body: bytes, takers: dict[str, Reader]) -> dict[str, float]:
    """The median time of each reader on *body*, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in takers}
    end = time.perf_counter() + SECONDS
    for turn in range(200):
        if turn >= 5 and time.perf_counter() > end:
            break
        for name, read in takers.items():
            # Once is enough: it takes a hundred times as long, and leaves cold caches to the next.
            if turn == 0 or name != "jsonschema":
                times[name].append(seconds(read, body))
    return {name: median(values) * 1000 for name, values in times.items()}


def seconds(read: Reader, body: bytes) -> float:
    """The time that *read* takes on *body*; what it returns is freed outside of it."""
    start = time.perf_counter()
    value = read(body)
    taken = time.perf_counter() - start
    del value
    return taken


def columns(cells: Sequence[str]) -> str:
    """A row of the table."""
    return f"{cells[0]:34}" + "".join(f"{cell:>14}" for cell in cells[1:])


def main() -> None:
    """Print the table."""
    contract = Contract.load()
    names = ["orjson", "ours", "+ relations", "jsonschema-rs", "jsonschema", "ours/orjson"]
    print(columns(["body", *names]))
    for title, kind, body, request in bodies():
        times = measure(body, readers(contract, kind, body, request))
        cells = [f"{times[name]:.3f}" if name in times else "-" for name in names[:-1]]
        ratio = max(times["ours"], times.get("+ relations", 0)) / times["orjson"]
        print(columns([title, *cells, f"{ratio:.2f}"]), flush=True)


if __name__ == "__main__":
    main()
