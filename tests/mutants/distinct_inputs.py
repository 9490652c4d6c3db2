"""Mutants that return the vector of another input: of a part of it, or of what a parser makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import unquote

from conformance.contract import Contract
from tests.faulty_servers.embeddings import (
    changes_vectors,
    count_words,
    embeds,
    embeds_input,
    embeds_texts,
    inputs,
    is_array_of,
    is_base64,
)
from tests.faulty_servers.faults import Condition, changes_payload, only_for, rejects
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant

DIFFERENT = "meaning.different"
LIST = re.compile(r"\[[\d, ]+\]")
EMOJI = re.compile("[\U0001f000-\U0001ffff]")
PRODUCT = re.compile(r"\{\{(\d+)\*(\d+)\}\}")


def distinct_input_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of the requirements that inputs which differ have different vectors."""
    for requirement, changes in TEXTS.items():
        for name, change in changes.items():
            yield Mutant(name, f"{DIFFERENT}.{requirement}", embeds_texts(change))
    yield from _tokens()
    yield from _lookalikes()
    yield from _models(contract)


def _tokens() -> Iterator[Mutant]:
    ids, texts = f"{DIFFERENT}.ids", f"{DIFFERENT}.token-texts"
    yield Mutant("ignores the last token of each array", ids, embeds_input(_on_arrays(lambda v: v[:-1] or v)))
    yield Mutant("ignores the middle tokens of each array", ids, embeds_input(_on_arrays(_ends)))
    yield Mutant("embeds token arrays as the text of a list", texts, embeds_input(_on_arrays(str)))
    for what, separator in (("commas", ","), ("spaces", " "), ("commas and spaces", ", ")):
        fault = embeds_input(_on_arrays(partial(_joined, separator)))
        yield Mutant(f"embeds token arrays as their digits with {what}", texts, fault)
    single = embeds_input(_on_arrays(lambda v: str(v[0]) if len(v) == 1 else v))
    yield Mutant("embeds an array of one token as its digits", texts, single)
    yield Mutant("parses a text that is a list of integers as tokens", texts, embeds_input(_parsed_list))
    zero = embeds_input(_on_arrays(lambda v: [token for token in v if token] or v))
    yield Mutant("ignores the token 0", f"{DIFFERENT}.token-zero", zero)


def _joined(separator: str, tokens: Sequence[int]) -> str:
    return separator.join(map(str, tokens))


def _lookalikes() -> Iterator[Mutant]:
    accepted: Mapping[str, Callable[[str], object]] = {
        "texts with SQL": lambda t: "DROP TABLE" in t,
        "texts with a script": lambda t: "<script>" in t,
        "texts with a path": lambda t: "../" in t,
        "the text null": lambda t: t == "null",
    }
    for what, condition in accepted.items():
        for verb, status in (("rejects", 403), ("crashes on", 500)):
            fault = rejects(_has_text(condition), status)
            yield Mutant(f"{verb} {what}", "request.text.lookalikes", fault)


def _models(contract: Contract) -> Iterator[Mutant]:
    def is_other(payload: Payload) -> bool:
        return payload.get("model") in contract.known_models and payload["model"] != contract.example_model

    requirement = "meaning.models"
    for name in ("encoding_format", "dimensions"):
        ignored = changes_payload(is_other, _without(name))
        yield Mutant(f"ignores {name} for other models", requirement, ignored)
    reversed_ = changes_vectors(lambda vectors, _: [vector[::-1] for vector in vectors])
    yield Mutant(
        "reverses vectors in base64 for other models",
        requirement,
        only_for(lambda p: is_other(p) and is_base64(p), reversed_),
    )
    yield Mutant("uses the first model of each user for all requests of that user", requirement, _sticky())


def _sticky() -> Fault:
    """A server that remembers the model of each user's first request. A new one each time, because it keeps state."""
    models: dict[str, str] = {}

    def pinned(payload: Payload) -> Payload:
        if not isinstance(payload.get("user"), str):
            return payload
        return {**payload, "model": models.setdefault(payload["user"], payload["model"])}

    return embeds(pinned)


def _without(name: str) -> Callable[[Payload], Payload]:
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _has_text(condition: Callable[[str], object]) -> Condition:
    return lambda p: any(isinstance(text, str) and condition(text) for text in inputs(p.get("input")))


def _on_arrays(change: Callable[[list[int]], Any]) -> Callable[[Any], Any]:
    """A change of arrays of tokens, alone and in a batch."""

    def convert(value: Any) -> Any:
        if is_array_of(value, int):
            return change(value)
        return [change(item) for item in value] if is_array_of(value, list) else value

    return convert


def _ends(tokens: list[int]) -> list[int]:
    return [tokens[0], tokens[-1]] if len(tokens) > 2 else tokens


def _parsed_list(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and LIST.fullmatch(value) and "," in value else value


def _parsed_object(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return str(value["input"]) if isinstance(value, dict) and "input" in value else text


def _number(text: str) -> str:
    try:
        return str(float(text))
    except ValueError:
        return text


TEXTS: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "words": {
        "replaces each digit by 0": lambda t: re.sub(r"\d", "0", t),
        "embeds only two letters of a single word": lambda t: t[:2] if t.isalpha() else t,
    },
    "after-control": {
        "ends texts at a NUL": lambda t: t.partition("\0")[0] or t,
        "ends texts at a control character": lambda t: re.split("[\0-\x08\x0b-\x1f]", t)[0] or t,
    },
    "last-word": {"truncates texts after 480 words": lambda t: _first_words(t, 480)},
    "word-order": {
        "sorts the words of a text": lambda t: " ".join(sorted(t.split())) or t,
    },
    "lookalikes": {
        "decodes percent-encoding in texts": unquote,
        "decodes HTML entities in texts": unescape,
        "evaluates templates in texts": lambda t: PRODUCT.sub(lambda m: str(int(m[1]) * int(m[2])), t),
        "embeds the input inside a text that is a JSON object": _parsed_object,
        "embeds texts that are numbers as floats": _number,
    },
    "symbols": {"replaces emoji by one character": lambda t: EMOJI.sub("x", t)},
    "long-words": {
        "replaces words of more than 100 characters": lambda t: re.sub(r"\S{101,}", "unknown", t),
    },
}
"""Changes of texts, by the last part of the requirement that they violate."""


def _first_words(text: str, count: int) -> str:
    return " ".join(text.split()[:count]) if count_words(text) > count else text
