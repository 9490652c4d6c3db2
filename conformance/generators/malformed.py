"""Malformed bodies: each violates the rules of JSON in one way."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract

from .case import Case, encode, make_case
from .valid import plain_case

DEPTH = 10_000
"""Levels of nested arrays."""

DIGITS = 10_000
"""Digits of a long number."""

SYNTAX = "request.json.syntax"
EXTENSIONS = "request.json.extensions"
"""Extensions of JSON that lenient parsers accept; our parser reports them as syntax errors."""


def malformed_cases(contract: Contract, model: str) -> dict[str, list[Case]]:
    """Return malformed bodies by the id of the requirement that our own parser reports."""
    plain = plain_case(contract, model).body
    made: dict[str, list[Case]] = {}
    for requirement, description, body in _bodies(plain, model):
        case = make_case(contract, requirement, description, body)
        if requirement in case.violations or (requirement == EXTENSIONS and SYNTAX in case.violations):
            made.setdefault(requirement, []).append(case)
    return made


def _bodies(plain: bytes, model: str) -> Iterator[tuple[str, str, bytes]]:
    model_json, inside = encode(model), plain.removeprefix(b"{").removesuffix(b"}")
    yield SYNTAX, "a body that ends in the middle", plain[: len(plain) // 2]
    yield SYNTAX, "a body without its closing brace", plain[:-1]
    yield EXTENSIONS, "a comma after the last property", plain[:-1] + b",}"
    yield EXTENSIONS, "single quotes", plain.replace(b'"', b"'")
    yield EXTENSIONS, "property names without quotes", b'{input:"river",model:' + model_json + b"}"
    yield EXTENSIONS, "a comment", plain[:-1] + b"/* comment */}"
    yield (
        EXTENSIONS,
        "a control character inside a string",
        b'{"input":"riv\ner","model":' + model_json + b"}",
    )
    yield EXTENSIONS, "a number with a leading zero", b'{"input":[[012]],"model":' + model_json + b"}"
    yield SYNTAX, "form data", b"input=river&model=" + model_json.strip(b'"')
    yield (
        "request.json.encoding",
        "a byte that is invalid in UTF-8",
        b'{"input":"riv\xffer","model":' + model_json + b"}",
    )
    yield (
        "request.json.encoding",
        "a character in ISO 8859-1",
        b'{"input":"caf\xe9","model":' + model_json + b"}",
    )
    yield "request.json.empty", "an empty body", b""
    yield "request.json.empty", "only whitespace", b" \r\n\t"
    deep = b"[" * DEPTH + b"]" * DEPTH
    yield (
        "request.json.depth",
        f"{DEPTH:,} nested arrays",
        b'{"input":' + deep + b',"model":' + model_json + b"}",
    )
    long = b"1" * DIGITS
    yield "request.json.long-number", f"an integer of {DIGITS:,} digits", _tokens(long, model_json)
    yield "request.json.trailing-data", "a character after the object", plain + b"x"
    yield "request.json.trailing-data", "a second object after the first", plain + plain
    for literal in (b"NaN", b"Infinity", b"-Infinity"):
        yield "request.json.not-a-number", f"the literal {literal.decode()}", _tokens(literal, model_json)
    yield "request.json.duplicate-key", "two properties named input", b'{"input":"violin",' + inside + b"}"
    yield (
        "request.json.duplicate-key",
        "two properties named model",
        plain[:-1] + b',"model":' + model_json + b"}",
    )
    yield "request.json.byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + plain


def _tokens(literal: bytes, model: bytes) -> bytes:
    return b'{"input":[97,' + literal + b'],"model":' + model + b"}"
