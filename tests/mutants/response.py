"""Mutants whose answers have another shape than the contract's, or are no clean JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.mutants.asgi import Fault
from tests.mutants.malformed import BOM
from tests.mutants.mutant import Mutant, Payload, Test, answers, replies, writes

Change = Callable[[Any, Payload], object]

ITEM = "response.data.items"
EMBEDDING = f"{ITEM}.embedding"


def response_mutants() -> Iterator[Mutant]:
    """The mutants of area response that err each time, but for relations and vectors."""
    yield from _missing()
    yield from _wrong_types()
    yield from _wrong_items()
    yield from _wrong_usage()
    yield from _no_json()
    yield from _strange_json()
    for kind in ("text/plain", "application/octet-stream", "text/html; charset=utf-8", None):
        yield Mutant(f"declares its answers as {kind}", "response.media-type", _declares(kind))


def in_items(change: Change) -> Change:
    """A change to each item of ``data``."""

    def every(answer: Any, request: Payload) -> None:
        for item in answer["data"]:
            change(item, request)

    return every


def each_item(name: str, change: Test) -> Fault:
    """A server that writes the member *name* of each item as *change* says."""
    return answers(in_items(lambda item, _: item.update({name: change(item[name])})))


def each_vector(change: Test) -> Fault:
    """A server that changes the vectors that are arrays."""
    return each_item("embedding", only_if(list, change))


def data(change: Test) -> Fault:
    """A server that changes ``data`` as a whole."""
    return answers(lambda answer, _: {**answer, "data": change(answer["data"])})


def only_if(kind: type, change: Test) -> Test:
    """*change* for values of one kind, and no change for others."""
    return lambda value: change(value) if isinstance(value, kind) else value


def setting(name: str, value: object) -> Change:
    """A change that gives a member another value."""
    return lambda node, _: node.update({name: value})


def in_usage(change: Change) -> Change:
    """A change to ``usage``."""
    return lambda answer, request: change(answer["usage"], request) and None


def numbered(body: bytes, literal: bytes) -> bytes:
    """An answer with *literal* for the first number of each vector."""
    return re.sub(rb'"embedding":\[[^,\]]+', b'"embedding":[' + literal, body)


def _missing() -> Iterator[Mutant]:
    for name in ("object", "model", "data", "usage"):
        yield Mutant(f"answers without {name}", f"response.{name}.required", answers(_dropping(name)))
    for name in ("index", "object", "embedding"):
        fault = answers(in_items(_dropping(name)))
        yield Mutant(f"leaves {name} out of its items", f"{ITEM}.{name}.required", fault)
    for name in ("prompt_tokens", "total_tokens"):
        fault = answers(in_usage(_dropping(name)))
        yield Mutant(f"answers without {name}", f"response.usage.{name}.required", fault)


def _wrong_types() -> Iterator[Mutant]:
    by_index = data(lambda items: {str(item["index"]): item for item in items})
    yield Mutant("wraps its answers in an array", "response.type", answers(lambda answer, _: [answer]))
    yield Mutant("gives data by index", "response.data.type", by_index)
    yield Mutant("names no model", "response.model.type", answers(setting("model", None)))
    yield Mutant("describes its model", "response.model.type", answers(setting("model", {"id": "river"})))
    yield Mutant("answers with object null", "response.object.type", answers(setting("object", None)))
    yield Mutant("answers with object lists", "response.object.enum", answers(setting("object", "lists")))


def _wrong_items() -> Iterator[Mutant]:
    numbers, text = f"{EMBEDDING}.numbers", f"{EMBEDDING}.string"
    yield Mutant("answers with bare vectors", f"{ITEM}.type", data(lambda d: [i["embedding"] for i in d]))
    yield Mutant("counts with strings", f"{ITEM}.index.type", each_item("index", str))
    yield Mutant("counts from nothing", f"{ITEM}.index.type", each_item("index", lambda i: i or None))
    yield Mutant("numbers its items' kinds", f"{ITEM}.object.type", each_item("object", lambda o: 7))
    yield Mutant("calls its items vectors", f"{ITEM}.object.enum", each_item("object", lambda o: "vector"))
    yield Mutant("puts vectors into objects", f"{EMBEDDING}.one-of", each_item("embedding", _boxed))
    yield Mutant("gives null for a vector", f"{EMBEDDING}.one-of", each_item("embedding", lambda v: None))
    yield Mutant("boxes arrays of numbers", f"{numbers}.type", each_vector(_boxed))
    yield Mutant("boxes base64", f"{text}.type", each_item("embedding", only_if(str, _boxed)))
    yield Mutant("writes a number as a string", f"{numbers}.items.type", _first_number(str))
    yield Mutant("writes a number as null", f"{numbers}.items.type", _first_number(lambda n: None))
    yield Mutant("writes a number as true", f"{numbers}.items.type", _first_number(lambda n: True))
    yield Mutant("nests its vectors", f"{numbers}.items.type", each_vector(lambda v: [v]))


def _wrong_usage() -> Iterator[Mutant]:
    yield Mutant("answers with usage null", "response.usage.type", answers(setting("usage", None)))
    yield Mutant("counts usage alone", "response.usage.type", answers(setting("usage", 7)))
    for name in ("prompt_tokens", "total_tokens"):
        requirement = f"response.usage.{name}.type"
        yield Mutant(f"writes {name} as a string", requirement, answers(in_usage(setting(name, "7"))))
        yield Mutant(f"does not know {name}", requirement, answers(in_usage(setting(name, None))))
        yield Mutant(f"estimates {name}", requirement, answers(in_usage(setting(name, 7.5))))


def _no_json() -> Iterator[Mutant]:
    syntax, encoding, trailing = (f"response.json.{kind}" for kind in ("syntax", "encoding", "trailing-data"))
    yield Mutant("forgets its last brace", syntax, writes(lambda b: b[:-1]))
    yield Mutant("writes single quotes", syntax, writes(lambda b: b.replace(b'"', b"'")))
    yield Mutant("answers in HTML", syntax, writes(lambda b: b"<html><body>fine</body></html>"))
    yield Mutant("answers in server-sent events", syntax, writes(lambda b: b"data: " + b + b"\n\n"))
    yield Mutant("answers in ISO 8859-1", encoding, writes(lambda b: _named(b, b"caf\xe9")))
    yield Mutant("answers in UTF-16", encoding, writes(lambda b: b.decode().encode("utf-16")))
    yield Mutant("answers nothing", "response.json.empty", writes(lambda b: b""))
    yield Mutant("writes on behind its answer", trailing, writes(lambda b: b + b"\nnull"))
    yield Mutant("writes its answer twice", trailing, writes(lambda b: b + b))


def _strange_json() -> Iterator[Mutant]:
    nan, depth, length = (f"response.json.{kind}" for kind in ("not-a-number", "depth", "long-number"))
    twice = writes(lambda b: b[:-1] + b',"object":"list"}')
    yield Mutant("writes NaN", nan, writes(lambda b: numbered(b, b"NaN")))
    yield Mutant("writes -Infinity", nan, writes(lambda b: numbered(b, b"-Infinity")))
    yield Mutant("nests its answer", depth, writes(lambda b: _extended(b, b"[" * 5000 + b"]" * 5000)))
    yield Mutant("writes long numbers", length, writes(lambda b: _extended(b, b"1" * 5000)))
    yield Mutant("names its object twice", "response.json.duplicate-key", twice)
    yield Mutant("begins with a byte order mark", "response.json.byte-order-mark", writes(lambda b: BOM + b))


def _dropping(name: str) -> Change:
    return lambda node, _: node.pop(name) and None


def _boxed(value: object) -> object:
    return {"values": value}


def _first_number(change: Callable[[float], object]) -> Fault:
    return each_vector(lambda vector: [change(vector[0]), *vector[1:]])


def _named(body: bytes, model: bytes) -> bytes:
    return re.sub(rb'"model":"[^"]*"', b'"model":"' + model + b'"', body)


def _extended(body: bytes, value: bytes) -> bytes:
    return body[:-1] + b',"extra":' + value + b"}"


def _declares(kind: str | None) -> Fault:
    return replies(
        lambda call, answer: answer.status == 200, lambda answer: answer.with_header("content-type", kind)
    )
