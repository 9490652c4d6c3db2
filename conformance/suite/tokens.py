"""Text and its tokens: the one relation that needs to know the target's tokeniser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

from conformance.contract import Requirement
from conformance.engine import Check, each
from conformance.probes.texts import equal_lengths

from .admitted import if_admitted
from .context import Context
from .judges import meets_expectation
from .relation import pairwise, relation
from .vectors import Vectors

ID = "meaning.tokens"
Tokenize = Callable[[str], list[int]]

BYTES = "bytes"
"""The tokeniser of the reference: one token for each byte of UTF-8."""


class UnknownTokenizer(ValueError):
    """The named tokeniser can not be had."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"tokenizer: expected {BYTES!r}, or an encoding of the package tiktoken; {name!r}: {reason}"
        )


def load_tokenizer(name: str) -> Tokenize:
    """The tokeniser *name*: ``bytes``, or an encoding of tiktoken (``cl100k_base``). Raises UnknownTokenizer."""
    if name == BYTES:
        return lambda text: list(text.encode("utf-8"))
    try:
        tiktoken: Any = import_module("tiktoken")
    except ImportError:
        raise UnknownTokenizer(name, "tiktoken is not installed (pip install tiktoken)") from None
    try:
        encoding = tiktoken.get_encoding(name)
    except Exception as error:
        raise UnknownTokenizer(name, f"{type(error).__name__}: {error}") from None
    encode: Tokenize = encoding.encode_ordinary
    return encode


def token_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """The check that a text gets the vector of its tokens, flat and nested."""
    requirement = context.contract.catalogue.get(ID)
    if requirement is None:
        return
    if context.tokenize is None:
        missing = "no tokenizer was named (--conformance-tokenizer)"
        yield Check(requirement, (), each(meets_expectation), untestable=missing)
        return
    yield if_admitted(requirement, partial(_tokens, context, vectors, requirement, context.tokenize))


def _tokens(context: Context, vectors: Vectors, requirement: Requirement, tokenize: Tokenize) -> Check:
    texts = equal_lengths(min(3, context.most_texts))
    tokens = [tokenize(text) for text in texts]
    probes = [
        *(context.relating("a text", text) for text in texts),
        context.relating("the tokens of a text", tokens[0]),
        context.relating("a batch of the tokens of texts", tokens),
    ]
    count = len(texts)
    pairs = [(count, 0, 0, 0), *((count + 1, n, n, 0) for n in range(count))]
    compare = pairwise(pairs, "the vector of the text")
    return relation(requirement, vectors, probes, compare, context.needs_of("a", [97], [[97]]))
