"""Mutants that take the right requests and answer them wrongly."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.contract import Contract

from .asgi import Reply
from .malformed import BOM
from .mutant import Mutant, Payload, answers, replies, writes

Change = Callable[[Any, Payload], object]
Vector = Any

ITEM = "response.data.items"
EMBEDDING = f"{ITEM}.embedding"


def response_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area response, those that err only now and then left out."""
    yield from _missing()
    yield from _wrong_types()
    yield from _written()
    yield from _relations()
    yield from _vectors()
    yield from _encodings()
    for kind in ("text/plain", "application/octet-stream", "text/html; charset=utf-8"):
        yield Mutant(f"declares its answers as {kind}", "response.media-type", _declares(kind))
    yield Mutant("declares no media type", "response.media-type", _declares(None))


def _missing() -> Iterator[Mutant]:
    for name in ("object", "model", "data", "usage"):
        yield Mutant(f"answers without {name}", f"response.{name}.required", answers(_dropping(name)))
    for name in ("index", "object", "embedding"):
        yield Mutant(
            f"leaves {name} out of its items", f"{ITEM}.{name}.required", answers(_in_items(_dropping(name)))
        )
    for name in ("prompt_tokens", "total_tokens"):
        yield Mutant(
            f"answers without {name}", f"response.usage.{name}.required", answers(_in_usage(_dropping(name)))
        )


def _wrong_types() -> Iterator[Mutant]:
    yield Mutant("wraps its answers in an array", "response.type", answers(lambda a, r: [a]))
    yield Mutant("gives data by index", "response.data.type", _data(lambda d: {str(i["index"]): i for i in d}))
    yield Mutant("answers with bare vectors", f"{ITEM}.type", _data(lambda d: [i["embedding"] for i in d]))
    yield Mutant("counts with strings", f"{ITEM}.index.type", _each_item("index", str))
    yield Mutant("counts from nothing", f"{ITEM}.index.type", _each_item("index", lambda i: i or None))
    yield Mutant("puts vectors into objects", f"{EMBEDDING}.one-of", _each_item("embedding", _boxed))
    yield Mutant("gives null for a vector", f"{EMBEDDING}.one-of", _each_item("embedding", lambda v: None))
    yield Mutant(
        "boxes the arrays of numbers", f"{EMBEDDING}.numbers.type", _each_item("embedding", _if(list, _boxed))
    )
    yield Mutant(
        "boxes the base64 texts", f"{EMBEDDING}.string.type", _each_item("embedding", _if(str, _boxed))
    )
    for description, write in (("strings", str), ("null", lambda n: None), ("true", lambda n: True)):
        yield Mutant(f"writes a number as {description}", f"{EMBEDDING}.numbers.items.type", _first_number(write))
    yield Mutant("nests its vectors", f"{EMBEDDING}.numbers.items.type", _each_vector(lambda v: [v]))
    yield Mutant("numbers its items' kinds", f"{ITEM}.object.type", _each_item("object", lambda o: 7))
    yield Mutant("calls its items vectors", f"{ITEM}.object.enum", _each_item("object", lambda o: "vector"))
    yield Mutant("names no model", "response.model.type", answers(_setting("model", None)))
    yield Mutant("describes its model", "response.model.type", answers(_setting("model", {"id": "river"})))
    yield Mutant("answers with object null", "response.object.type", answers(_setting("object", None)))
    yield Mutant("answers with object lists", "response.object.enum", answers(_setting("object", "lists")))
    yield Mutant("answers with usage null", "response.usage.type", answers(_setting("usage", None)))
    yield Mutant("counts usage alone", "response.usage.type", answers(_setting("usage", 7)))
    for name in ("prompt_tokens", "total_tokens"):
        requirement = f"response.usage.{name}.type"
        yield Mutant(f"writes {name} as a string", requirement, answers(_in_usage(_setting(name, "7"))))
        yield Mutant(f"does not know {name}", requirement, answers(_in_usage(_setting(name, None))))
        yield Mutant(f"estimates {name}", requirement, answers(_in_usage(_setting(name, 7.5))))


def _written() -> Iterator[Mutant]:
    syntax, encoding = "response.json.syntax", "response.json.encoding"
    yield Mutant("forgets its last brace", syntax, writes(lambda b: b[:-1]))
    yield Mutant("writes single quotes", syntax, writes(lambda b: b.replace(b'"', b"'")))
    yield Mutant("answers in HTML", syntax, writes(lambda b: b"<html><body>fine</body></html>"))
    yield Mutant("answers in server-sent events", syntax, writes(lambda b: b"data: " + b + b"\n\n"))
    yield Mutant("answers in ISO 8859-1", encoding, writes(lambda b: _named(b, b"caf\xe9")))
    yield Mutant("answers in UTF-16", encoding, writes(lambda b: b.decode().encode("utf-16")))
    yield Mutant("answers nothing", "response.json.empty", writes(lambda b: b""))
    yield Mutant("writes on behind its answer", "response.json.trailing", writes(lambda b: b + b"\nnull"))
    yield Mutant("writes its answer twice", "response.json.trailing", writes(lambda b: b + b))
    for literal in (b"NaN", b"-Infinity"):
        yield Mutant(
            f"writes {literal.decode()}", "response.json.not-a-number", writes(lambda b, n=literal: _numbered(b, n))
        )
    yield Mutant(
        "nests its answer", "response.json.depth", writes(lambda b: _extended(b, b"[" * 5000 + b"]" * 5000))
    )
    yield Mutant(
        "writes long numbers", "response.json.number-length", writes(lambda b: _extended(b, b"1" * 5000))
    )
    yield Mutant(
        "names its object twice",
        "response.json.duplicate-key",
        writes(lambda b: b[:-1] + b',"object":"list"}'),
    )
    yield Mutant("begins with a byte order mark", "response.json.byte-order-mark", writes(lambda b: BOM + b))


def _relations() -> Iterator[Mutant]:
    count, index = "response.count", "response.index"
    yield Mutant("forgets the last embedding", count, _data(lambda d: d[:-1]))
    yield Mutant("forgets the first embedding", count, _data(lambda d: _counted(d[1:])))
    yield Mutant("gives the first embedding twice", count, _data(lambda d: _counted([d[0], *d])))
    yield Mutant("answers the first text alone", count, _data(lambda d: d[:1]))
    yield Mutant("counts from one", index, _each_item("index", lambda i: i + 1))
    yield Mutant("gives each embedding the index 0", index, _each_item("index", lambda i: 0))
    yield Mutant("counts backwards", index, _each_item("index", lambda i: -i))
    usage = "response.usage"
    negative = {"prompt_tokens": -1, "total_tokens": -1}
    yield Mutant("counts tokens below zero", f"{usage}.not-negative", answers(_setting("usage", negative)))
    yield Mutant("totals less than the prompt", f"{usage}.total", answers(_in_usage(_setting("total_tokens", 0))))


def _vectors() -> Iterator[Mutant]:
    yield Mutant("ignores dimensions", "response.dimensions", answers(_native))
    yield Mutant("gives one dimension more", "response.dimensions", answers(_one_more))
    yield Mutant("cuts the last vector short", "response.length", _data(_cut_last))
    yield Mutant("answers with empty vectors", "response.not-empty", _each_vector(lambda v: []))
    yield Mutant("answers with empty base64", "response.not-empty", _each_item("embedding", _if(str, lambda v: "")))
    yield Mutant("overflows", "response.finite", writes(lambda b: _numbered(b, b"1e999")))
    yield Mutant("packs NaN", "response.finite", _packed(lambda v: _with_first(v, float("nan"))))
    yield Mutant("packs infinity", "response.finite", _packed(lambda v: _with_first(v, float("inf"))))


def _encodings() -> Iterator[Mutant]:
    encoding, base64 = "response.encoding", "response.base64"
    yield Mutant("ignores base64", encoding, _each_item("embedding", _if(str, lambda v: _unpack(v).tolist())))
    yield Mutant("always answers in base64", encoding, _each_vector(lambda v: _pack(np.array(v, "<f4"))))
    yield Mutant("leaves padding out", base64, _texts(lambda t: t.rstrip("=") if "=" in t else t[:-1]))
    yield Mutant("writes URL-safe base64", base64, _texts(lambda t: f"-_{t[2:].translate(URL_SAFE)}"))
    yield Mutant("breaks base64 into lines", base64, _texts(lambda t: re.sub("(.{76})", r"\1\n", t)))
    yield Mutant("writes base64 as a data URL", base64, _texts(lambda t: f"data:;base64,{t}"))
    yield Mutant("packs half a float too much", base64, _texts(lambda t: b64encode(b64decode(t) + b"ab").decode()))
    yield Mutant("writes hexadecimal", base64, _texts(lambda t: b64decode(t).hex() + "0"))


URL_SAFE = str.maketrans("+/", "-_")


def _dropping(name: str) -> Change:
    return lambda node, _: node.pop(name) and None


def _setting(name: str, value: object) -> Change:
    return lambda node, _: node.update({name: value})


def _in_usage(change: Change) -> Change:
    return lambda answer, request: change(answer["usage"], request) and None


def _in_items(change: Change) -> Change:
    def every(answer: Any, request: Payload) -> None:
        for item in answer["data"]:
            change(item, request)

    return every


def _data(change: Callable[[list[Any]], object]) -> Any:
    return answers(lambda answer, _: {**answer, "data": change(answer["data"])})


def _each_item(name: str, change: Callable[[Any], object]) -> Any:
    return answers(_in_items(lambda item, _: item.update({name: change(item[name])})))


def _each_vector(change: Callable[[Vector], object]) -> Any:
    """Changes the vectors that are arrays."""
    return _each_item("embedding", _if(list, change))


def _texts(change: Callable[[str], str]) -> Any:
    """Changes the vectors that are base64."""
    return _each_item("embedding", _if(str, change))


def _packed(change: Callable[[Any], Any]) -> Any:
    return _texts(lambda text: _pack(change(_unpack(text))))


def _if(kind: type, change: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: change(value) if isinstance(value, kind) else value


def _boxed(value: object) -> object:
    return {"values": value}


def _first_number(change: Callable[[float], object]) -> Any:
    return _each_vector(lambda vector: [change(vector[0]), *vector[1:]])


def _counted(data: list[Any]) -> list[Any]:
    return [{**item, "index": index} for index, item in enumerate(data)]


def _native(answer: Any, request: Payload) -> None:
    if "dimensions" in request:
        _in_items(lambda item, _: item.update({"embedding": [0.5] * 8}))(answer, request)


def _one_more(answer: Any, request: Payload) -> None:
    if "dimensions" in request:
        _in_items(lambda item, _: item["embedding"].append(0.5))(answer, request)


def _cut_last(data: list[Any]) -> list[Any]:
    last = data[-1]
    return data if len(data) < 2 else [*data[:-1], {**last, "embedding": last["embedding"][:-1]}]


def _unpack(text: str) -> Any:
    return np.frombuffer(b64decode(text), "<f4")


def _pack(vector: Any) -> str:
    return b64encode(vector.tobytes()).decode()


def _with_first(vector: Any, number: float) -> Any:
    changed = vector.copy()
    changed[0] = number
    return changed


def _named(body: bytes, model: bytes) -> bytes:
    return re.sub(rb'"model":"[^"]*"', b'"model":"' + model + b'"', body)


def _numbered(body: bytes, literal: bytes) -> bytes:
    return re.sub(rb'"embedding":\[[^,\]]+', b'"embedding":[' + literal, body)


def _extended(body: bytes, value: bytes) -> bytes:
    return body[:-1] + b',"extra":' + value + b"}"


def _declares(kind: str | None) -> Any:
    def change(answer: Reply) -> Reply:
        return answer.with_header("content-type", kind)

    return replies(lambda call, answer: answer.status == 200, change)
