"""Correct servers that treat unusual inputs, values or models differently from the reference server.

Each is a name, the difference, the SHOULD requirements that it does not meet, and those that cannot be tested.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract
from tests.faulty_servers.embeddings import count_words, embeds_texts, inputs
from tests.faulty_servers.faults import rejects, responds
from tests.faulty_servers.messages import Request, error
from tests.faulty_servers.servers import Fault
from tests.mutants.all_mutants import mutants
from tests.mutants.token_counts import adds_special_tokens

CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f]")
LONG_HEADER = 1_000

IGNORED = {
    "sorts the words of a text": "meaning.different.word-order",
    "replaces emoji by one character": "meaning.different.symbols",
    "replaces words of more than 100 characters": "meaning.different.long-words",
    "ignores the token 0": "meaning.different.token-zero",
}
"""Mutants that real models are like, with the only requirement that they do not meet."""

Found = tuple[str, Fault, tuple[str, ...], tuple[str, ...]]


def servers_with_unusual_inputs(contract: Contract) -> Iterator[Found]:
    """The correct servers."""
    dropped = embeds_texts(lambda text: CONTROL.sub("", text) or text)
    yield "drops control characters", dropped, ("meaning.different.token-zero",), ()
    yield "folds the case of texts", embeds_texts(str.lower), (), ()
    yield "folds accents", embeds_texts(_without_accents), (), ()
    yield "adds special tokens to the token count", adds_special_tokens(), (), ()
    yield "rejects unusual users", rejects(_has_unusual_user), (), ()
    yield "returns 431 for long headers", responds(_has_long_header, error(431)), (), ()
    untested = ("meaning.different.last-word", "meaning.batch.long")
    yield "rejects texts of more than 400 words", rejects(_is_long), (), untested
    others = [name for name in contract.known_models if name != contract.example_model]
    yield (
        "rejects all models but one",
        rejects(lambda p: p.get("model") in others, 404),
        (),
        ("state.cache.models", "meaning.models"),
    )
    every = mutants(contract)
    for name, requirement in IGNORED.items():
        yield name, every[name].fault, (requirement,), ()


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(character for character in parts if not unicodedata.combining(character)) or text


def _has_unusual_user(payload: Mapping[str, Any]) -> bool:
    user = payload.get("user", "usual")
    return isinstance(user, str) and (not user or len(user) > 256 or not user.isprintable())


def _has_long_header(request: Request) -> bool:
    return any(len(value) > LONG_HEADER for _, value in request.headers)


def _is_long(payload: Mapping[str, Any]) -> bool:
    return any(count_words(text) > 400 for text in inputs(payload.get("input")))
