"""Mutants whose responses violate the contract's schema or the rules of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.faulty_servers.faults import Condition, changes_response, changes_result, changes_result_body
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant
from tests.mutants.request_json import BOM

Change = Callable[[Any, Payload], object]

ITEM = "response.data.items"
EMBEDDING = f"{ITEM}.embedding"


def response_schema_mutants() -> Iterator[Mutant]:
    """The mutants of area response that are wrong for every request, without those about relations and vectors."""
    yield from _missing()
    yield from _wrong_types()
    yield from _wrong_items()
    yield from _wrong_usage()
    yield from _not_json()
    yield from _unsafe_json()
    for kind in ("text/plain", "application/octet-stream", "text/html; charset=utf-8", None):
        yield Mutant(
            f"returns {'no Content-Type' if kind is None else f'the Content-Type {kind}'}",
            "response.media-type",
            _content_type(kind),
        )


def in_items(change: Change) -> Change:
    """A change of every item of ``data``."""

    def every(result: Any, request: Payload) -> None:
        for item in result["data"]:
            change(item, request)

    return every


def each_item(name: str, change: Condition) -> Fault:
    """A server that changes the property *name* of every item."""
    return changes_result(in_items(lambda item, _: item.update({name: change(item[name])})))


def each_vector(change: Condition) -> Fault:
    """A server that changes the embeddings that are arrays of numbers."""
    return each_item("embedding", only_if(list, change))


def data(change: Condition) -> Fault:
    """A server that changes ``data``."""
    return changes_result(lambda result, _: {**result, "data": change(result["data"])})


def only_if(kind: type, change: Condition) -> Condition:
    """*change* for values of one kind, and no change for other values."""
    return lambda value: change(value) if isinstance(value, kind) else value


def setting(name: str, value: object) -> Change:
    """A change that sets a property to a value."""
    return lambda node, _: node.update({name: value})


def in_usage(change: Change) -> Change:
    """A change of ``usage``."""
    return lambda response, request: change(response["usage"], request) and None


def with_first_number(body: bytes, literal: bytes) -> bytes:
    """A response with *literal* as the first number of every vector."""
    return re.sub(rb'"embedding":\[[^,\]]+', b'"embedding":[' + literal, body)


def _missing() -> Iterator[Mutant]:
    for name in ("object", "model", "data", "usage"):
        yield Mutant(f"omits {name}", f"response.{name}.required", changes_result(_dropping(name)))
    for name in ("index", "object", "embedding"):
        fault = changes_result(in_items(_dropping(name)))
        yield Mutant(f"omits {name} in items", f"{ITEM}.{name}.required", fault)
    for name in ("prompt_tokens", "total_tokens"):
        fault = changes_result(in_usage(_dropping(name)))
        yield Mutant(f"omits {name} in usage", f"response.usage.{name}.required", fault)


def _wrong_types() -> Iterator[Mutant]:
    by_index = data(lambda items: {str(item["index"]): item for item in items})
    yield Mutant(
        "returns an array with the response", "response.type", changes_result(lambda result, _: [result])
    )
    yield Mutant("returns data as an object with indices as keys", "response.data.type", by_index)
    yield Mutant("returns null as the model", "response.model.type", changes_result(setting("model", None)))
    yield Mutant(
        "returns an object as the model",
        "response.model.type",
        changes_result(setting("model", {"id": "river"})),
    )
    yield Mutant(
        "returns null as the object", "response.object.type", changes_result(setting("object", None))
    )
    yield Mutant(
        "returns 'lists' as the object", "response.object.enum", changes_result(setting("object", "lists"))
    )


def _wrong_items() -> Iterator[Mutant]:
    numbers, text = f"{EMBEDDING}.numbers", f"{EMBEDDING}.string"
    yield Mutant("returns vectors without items", f"{ITEM}.type", data(lambda d: [i["embedding"] for i in d]))
    yield Mutant("returns the index as a string", f"{ITEM}.index.type", each_item("index", str))
    yield Mutant(
        "returns null as the first index", f"{ITEM}.index.type", each_item("index", lambda i: i or None)
    )
    yield Mutant(
        "returns a number as the object of items", f"{ITEM}.object.type", each_item("object", lambda o: 7)
    )
    yield Mutant(
        "returns 'vector' as the object of items",
        f"{ITEM}.object.enum",
        each_item("object", lambda o: "vector"),
    )
    yield Mutant("returns embeddings as objects", f"{EMBEDDING}.one-of", each_item("embedding", _in_object))
    yield Mutant(
        "returns null as the embedding", f"{EMBEDDING}.one-of", each_item("embedding", lambda v: None)
    )
    yield Mutant("returns arrays of numbers inside objects", f"{numbers}.type", each_vector(_in_object))
    yield Mutant(
        "returns base64 inside objects", f"{text}.type", each_item("embedding", only_if(str, _in_object))
    )
    yield Mutant("returns a number of a vector as a string", f"{numbers}.items.type", _first_number(str))
    yield Mutant(
        "returns a number of a vector as null", f"{numbers}.items.type", _first_number(lambda n: None)
    )
    yield Mutant(
        "returns a number of a vector as true", f"{numbers}.items.type", _first_number(lambda n: True)
    )
    yield Mutant("returns vectors inside an array", f"{numbers}.items.type", each_vector(lambda v: [v]))


def _wrong_usage() -> Iterator[Mutant]:
    yield Mutant("returns null as usage", "response.usage.type", changes_result(setting("usage", None)))
    yield Mutant("returns a number as usage", "response.usage.type", changes_result(setting("usage", 7)))
    for name in ("prompt_tokens", "total_tokens"):
        requirement = f"response.usage.{name}.type"
        yield Mutant(f"returns {name} as a string", requirement, changes_result(in_usage(setting(name, "7"))))
        yield Mutant(f"returns {name} as null", requirement, changes_result(in_usage(setting(name, None))))
        yield Mutant(
            f"returns {name} as a fraction", requirement, changes_result(in_usage(setting(name, 7.5)))
        )


def _not_json() -> Iterator[Mutant]:
    syntax, encoding, trailing = (f"response.json.{kind}" for kind in ("syntax", "encoding", "trailing-data"))
    yield Mutant("omits the closing brace", syntax, changes_result_body(lambda b: b[:-1]))
    yield Mutant("uses single quotes", syntax, changes_result_body(lambda b: b.replace(b'"', b"'")))
    yield Mutant("returns HTML", syntax, changes_result_body(lambda b: b"<html><body>fine</body></html>"))
    yield Mutant("returns server-sent events", syntax, changes_result_body(lambda b: b"data: " + b + b"\n\n"))
    yield Mutant("returns ISO 8859-1", encoding, changes_result_body(lambda b: _with_model(b, b"caf\xe9")))
    yield Mutant("returns UTF-16", encoding, changes_result_body(lambda b: b.decode().encode("utf-16")))
    yield Mutant("returns an empty body", "response.json.empty", changes_result_body(lambda b: b""))
    yield Mutant("adds text after the JSON", trailing, changes_result_body(lambda b: b + b"\nnull"))
    yield Mutant("returns the JSON twice", trailing, changes_result_body(lambda b: b + b))


def _unsafe_json() -> Iterator[Mutant]:
    nan, depth, length = (f"response.json.{kind}" for kind in ("not-a-number", "depth", "long-number"))
    twice = changes_result_body(lambda b: b[:-1] + b',"object":"list"}')
    yield Mutant("returns NaN", nan, changes_result_body(lambda b: with_first_number(b, b"NaN")))
    yield Mutant("returns -Infinity", nan, changes_result_body(lambda b: with_first_number(b, b"-Infinity")))
    yield Mutant(
        "returns deeply nested arrays",
        depth,
        changes_result_body(lambda b: _with_extra(b, b"[" * 5000 + b"]" * 5000)),
    )
    yield Mutant(
        "returns a number with 5,000 digits",
        length,
        changes_result_body(lambda b: _with_extra(b, b"1" * 5000)),
    )
    yield Mutant("returns the property object twice", "response.json.duplicate-key", twice)
    yield Mutant(
        "returns a byte order mark before the JSON",
        "response.json.byte-order-mark",
        changes_result_body(lambda b: BOM + b),
    )


def _dropping(name: str) -> Change:
    return lambda node, _: node.pop(name) and None


def _in_object(value: object) -> object:
    return {"values": value}


def _first_number(change: Callable[[float], object]) -> Fault:
    return each_vector(lambda vector: [change(vector[0]), *vector[1:]])


def _with_model(body: bytes, model: bytes) -> bytes:
    return re.sub(rb'"model":"[^"]*"', b'"model":"' + model + b'"', body)


def _with_extra(body: bytes, value: bytes) -> bytes:
    return body[:-1] + b',"extra":' + value + b"}"


def _content_type(kind: str | None) -> Fault:
    return changes_response(
        lambda request, response: response.status == 200,
        lambda response: response.with_header("content-type", kind),
    )
