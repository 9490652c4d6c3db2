"""Malformed bodies: each violates the rules of JSON in one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from conformance.contract import Contract
from conformance.contract.texts_place import WHOLE

from .case import Case, encode_payload, make_case, payload_of
from .valid import plain_case

DEPTH = 10_000
"""Levels of nested arrays."""

DIGITS = 10_000
"""Digits of a long number."""

MARK = "the only text"
"""The text that stands for a value in a body."""

SYNTAX = "request.json.syntax"
EXTENSIONS = "request.json.extensions"
"""Extensions of JSON that lenient parsers accept; our parser reports them as syntax errors."""


def malformed_cases(contract: Contract, model: str | None) -> dict[str, list[Case]]:
    """Return malformed bodies by the id of the requirement that our own parser reports."""
    made: dict[str, list[Case]] = {}
    for requirement, description, body in _bodies(Body.of(contract, model)):
        case = make_case(contract, requirement, description, body)
        if requirement in case.violations or (requirement == EXTENSIONS and SYNTAX in case.violations):
            made.setdefault(requirement, []).append(case)
    return made


@dataclass(frozen=True, slots=True)
class Body:
    """The ``plain`` body, the name of the property with the ``texts``, and the ``others`` with their values.

    ``value`` is the JSON of that property, or of a body that is a list, with MARK as its only text. ``in_array``:
    whether the text is in an array.
    """

    plain: bytes
    texts: str
    value: bytes
    others: Mapping[str, Any]
    in_array: bool

    @classmethod
    def of(cls, contract: Contract, model: str | None) -> Body:
        """The parts of the plainest valid body for *contract*."""
        plain, roles = plain_case(contract, model).body, contract.roles
        payload, texts = payload_of(plain), roles.texts or ""
        is_batch = roles.texts_place is not None and roles.texts_place.is_batch
        in_array = not contract.takes_single_texts and not is_batch
        value = {} if roles.texts is None else roles.named(texts=[MARK] if in_array else MARK)
        members = payload if isinstance(payload, dict) else {}
        others = {name: value for name, value in members.items() if name != texts}
        return cls(plain, texts, encode_payload(value.get(texts, MARK)), others, in_array)

    @property
    def rest(self) -> bytes:
        """The other properties as JSON, after a comma, and the closing brace."""
        return (b"," if self.others else b"") + encode_payload(self.others)[1:]

    def with_text(self, value: bytes) -> bytes:
        """The body with the JSON in *value* as its only text."""
        return self._around(self.value.replace(encode_payload(MARK), value))

    def with_texts(self, value: bytes) -> bytes:
        """The body with the JSON in *value* as its texts."""
        marked = b"[%b]" % encode_payload(MARK) if self.in_array else encode_payload(MARK)
        return self._around(self.value.replace(marked, value))

    def _around(self, value: bytes) -> bytes:
        return value if self.texts == WHOLE else b"{" + encode_payload(self.texts) + b":" + value + self.rest

    def with_token(self, literal: bytes) -> bytes:
        """The body with a token, and then the *literal*, as its texts."""
        return self.with_texts(b"[97," + literal + b"]")


def _bodies(made: Body) -> Iterator[tuple[str, str, bytes]]:
    plain, inside, end = made.plain, made.plain[1:-1], made.plain[-1:]
    yield SYNTAX, "a body that ends in the middle", plain[: len(plain) // 2]
    yield SYNTAX, "a body without its closing brace", plain[:-1]
    yield EXTENSIONS, "a comma after the last property", plain[:-1] + b"," + end
    yield EXTENSIONS, "single quotes", plain.replace(b'"', b"'")
    yield EXTENSIONS, "property names without quotes", _without_quotes(made)
    yield EXTENSIONS, "a comment", plain[:-1] + b"/* comment */" + end
    yield EXTENSIONS, "a control character inside a string", made.with_text(b'"riv\ner"')
    yield EXTENSIONS, "a number with a leading zero", made.with_texts(b"[[012]]")
    form = {"texts" if made.texts == WHOLE else made.texts: "river", **made.others}
    yield SYNTAX, "form data", urlencode(form, safe=":/").encode()
    yield "request.json.encoding", "a byte that is invalid in UTF-8", made.with_text(b'"riv\xffer"')
    yield "request.json.encoding", "a character in ISO 8859-1", made.with_text(b'"caf\xe9"')
    yield "request.json.empty", "an empty body", b""
    yield "request.json.empty", "only whitespace", b" \r\n\t"
    deep = b"[" * DEPTH + b"]" * DEPTH
    yield "request.json.depth", f"{DEPTH:,} nested arrays", made.with_texts(deep)
    long = b"1" * DIGITS
    yield "request.json.long-number", f"an integer of {DIGITS:,} digits", made.with_token(long)
    yield "request.json.trailing-data", "a character after the object", plain + b"x"
    yield "request.json.trailing-data", "a second object after the first", plain + plain
    for literal in (b"NaN", b"Infinity", b"-Infinity"):
        yield "request.json.not-a-number", f"the literal {literal.decode()}", made.with_token(literal)
    yield from _duplicate_keys(made, inside)
    yield "request.json.byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + plain


def _duplicate_keys(made: Body, inside: bytes) -> Iterator[tuple[str, str, bytes]]:
    if made.texts == WHOLE:
        return
    texts = made.with_text(b'"violin"').removesuffix(made.rest)
    yield "request.json.duplicate-key", f"two properties named {made.texts}", texts + b"," + inside + b"}"
    for name, value in made.others.items():
        again = b"," + encode_payload(name) + b":" + encode_payload(value) + b"}"
        yield "request.json.duplicate-key", f"two properties named {name}", made.plain[:-1] + again


def _without_quotes(made: Body) -> bytes:
    text = made.value.replace(encode_payload(MARK), b"river" if made.texts == WHOLE else b'"river"')
    if made.texts == WHOLE:
        return text
    members = [(made.texts, text), *((name, encode_payload(value)) for name, value in made.others.items())]
    return b"{" + b",".join(b"%b:%b" % (name.encode(), value) for name, value in members) + b"}"
