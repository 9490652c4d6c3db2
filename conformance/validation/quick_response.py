"""Decide quickly that a response has no violations: its vectors are read without a Python object for each number.

The vectors are cut out of the text. What is left is small, and is read and judged with a stand-in for each vector.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from secrets import SystemRandom, token_hex
from typing import Any, Final, NamedTuple

from conformance.contract import Contract

from .quick_schema import quick_test
from .semantic_rules import semantic_findings
from .strict_json import parse_fast
from .vector_lengths import lengths_of_arrays, lengths_of_base64

BEGINNING: Final = 4 * 1024
"""Bytes of a body in which its first vector begins."""

NEAR: Final = 2000
"""Bytes after a vector in which the next one begins. CPython has a faster search for short texts."""

MAX_REST: Final = 2**20
"""Bytes of a body besides its vectors. A longer rest is left to the reader that limits its memory."""


class _Form(NamedTuple):
    """A form of vectors.

    ``end`` is the last byte of a vector, ``stand_in`` is what replaces one, ``text`` its JSON. ``lengths`` reads the
    texts of vectors, with so many ``brackets`` at each end.
    """

    end: bytes
    stand_in: Any
    text: bytes
    lengths: Callable[[Iterable[memoryview]], list[int | None] | None]
    brackets: int


# No body has these stand-ins, except by guessing them.
_NUMBER, _TEXT = SystemRandom().uniform(0.5, 1), token_hex(8)
_FORMS: Final = {
    b"[": _Form(b"]", [_NUMBER], b"[%b]" % repr(_NUMBER).encode(), lengths_of_arrays, 1),
    b'"': _Form(b'"', _TEXT, b'"%b"' % _TEXT.encode(), lengths_of_base64, 0),
}


def is_certainly_valid(body: bytes, request: Mapping[str, Any] | None, contract: Contract) -> bool:
    """Whether *body* has no violations, as ``validate_response`` would find them. False if that is not certain."""
    roles = contract.roles
    first = _first_vector(roles.vector[-1]).search(body, 0, BEGINNING) if roles.vector else None
    if first is None:
        return False
    form, rest = _FORMS[first.group()[-1:]], list[bytes]()
    lengths = form.lengths(_vectors(body, first, form, rest))
    text = form.text.join(rest)
    if not lengths or len(text) > MAX_REST:
        return False
    # At most one item of the list, and its vector, can be around or inside of others.
    parsed = parse_fast(text, beside=(len(lengths) - 1) * (1 + form.brackets))
    if parsed is None or not response_test(contract)(parsed.value):
        return False

    def lengths_of(values: Sequence[Any]) -> list[int | None]:
        # Without a stand-in in each item, a length of 0 is a violation.
        return lengths if values == [form.stand_in] * len(lengths) else [0] * max(1, len(values))

    default, models = contract.default_encoding, contract.known_models
    return not any(semantic_findings(parsed.value, request, default, models, roles, lengths_of))


@lru_cache(maxsize=8)
def response_test(contract: Contract) -> Callable[[Any], bool]:
    """A quick test of a response's schema, in which vectors may be shortened."""
    return quick_test(contract.response, shortened=True)


@lru_cache(maxsize=32)
def _first_vector(name: str) -> re.Pattern[bytes]:
    """The name and the first byte of a vector. It is never in a string: its second quotation mark ends one."""
    return re.compile(
        rb'%b[ \t\n\r]*:[ \t\n\r]*["[]' % re.escape(json.dumps(name, ensure_ascii=False).encode())
    )


def _vectors(body: bytes, first: re.Match[bytes], form: _Form, rest: list[bytes]) -> Iterator[memoryview]:
    """The texts of all vectors in *body* that begin as the *first* does. What is around them is added to *rest*."""
    mark, start, done, size = first.group(), first.end(), 0, 0
    view, find, length, brackets = memoryview(body), body.find, len(mark), form.brackets
    while True:
        end = start + size
        if body[end : end + 1] != form.end and (end := find(form.end, start)) < 0:
            break
        rest.append(body[done : start - 1])
        yield view[start - brackets : end + brackets]
        done = end + 1
        if not brackets:  # Texts mostly have one size. What ends behind its quotation mark is no base64.
            size = end - start
        start = find(mark, done, done + NEAR) + length
        if start < length and (start := find(mark, done) + length) < length:
            break
    rest.append(body[done:])
