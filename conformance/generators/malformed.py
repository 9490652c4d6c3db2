"""Bodies that are no clean JSON: one way of being malformed each."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract

from .case import Case, encode, make_case
from .valid import plain_case

DEEP = 10_000
LONG_NUMBER = 10_000

SYNTAX = "request.json.syntax"
EXTENSIONS = "request.json.extensions"
"""What lenient parsers take for JSON; to ours it is a fault of syntax like any other."""


def malformed_cases(contract: Contract, model: str) -> dict[str, list[Case]]:
    """Malformed bodies by the requirement that they violate, as our own parser sees it."""
    plain = plain_case(contract, model).body
    made: dict[str, list[Case]] = {}
    for requirement, description, body in _bodies(plain, model):
        case = make_case(contract, requirement, description, body)
        if requirement in case.violations or (requirement == EXTENSIONS and SYNTAX in case.violations):
            made.setdefault(requirement, []).append(case)
    return made


def _bodies(plain: bytes, model: str) -> Iterator[tuple[str, str, bytes]]:
    named, inside = encode(model), plain.removeprefix(b"{").removesuffix(b"}")
    yield SYNTAX, "a body cut off in the middle", plain[: len(plain) // 2]
    yield SYNTAX, "a body without its last brace", plain[:-1]
    yield EXTENSIONS, "a comma behind the last property", plain[:-1] + b",}"
    yield EXTENSIONS, "single quotes", plain.replace(b'"', b"'")
    yield EXTENSIONS, "property names without quotes", b'{input:"river",model:' + named + b"}"
    yield EXTENSIONS, "a comment", plain[:-1] + b"/* comment */}"
    yield EXTENSIONS, "a control character inside a string", b'{"input":"riv\ner","model":' + named + b"}"
    yield EXTENSIONS, "a number with a leading zero", b'{"input":[[012]],"model":' + named + b"}"
    yield SYNTAX, "form data", b"input=river&model=" + named.strip(b'"')
    yield (
        "request.json.encoding",
        "a byte that UTF-8 never has",
        b'{"input":"riv\xffer","model":' + named + b"}",
    )
    yield "request.json.encoding", "a character in ISO 8859-1", b'{"input":"caf\xe9","model":' + named + b"}"
    yield "request.json.empty", "no byte at all", b""
    yield "request.json.empty", "blanks alone", b" \r\n\t"
    deep = b"[" * DEEP + b"]" * DEEP
    yield (
        "request.json.depth",
        f"{DEEP:,} arrays inside each other",
        b'{"input":' + deep + b',"model":' + named + b"}",
    )
    long = b"1" * LONG_NUMBER
    yield "request.json.long-number", f"an integer of {LONG_NUMBER:,} digits", _tokens(long, named)
    yield "request.json.trailing-data", "a letter behind the object", plain + b"x"
    yield "request.json.trailing-data", "a second object", plain + plain
    for literal in (b"NaN", b"Infinity", b"-Infinity"):
        yield "request.json.not-a-number", f"the token {literal.decode()}", _tokens(literal, named)
    yield "request.json.duplicate-key", "input named twice", b'{"input":"violin",' + inside + b"}"
    yield "request.json.duplicate-key", "model named twice", plain[:-1] + b',"model":' + named + b"}"
    yield "request.json.byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + plain


def _tokens(literal: bytes, model: bytes) -> bytes:
    return b'{"input":[97,' + literal + b'],"model":' + model + b"}"
