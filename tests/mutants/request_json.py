"""Mutants that crash on malformed JSON, or accept it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.contract import Contract
from conformance.validation import MISSING
from tests.faulty_servers.faults import changes_body, crashes_on_invalid
from tests.faulty_servers.messages import Request
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant

BOM = b"\xef\xbb\xbf"


def request_json_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area request about malformed JSON."""
    plain = b'{"model":"%s","input":"river"}' % (contract.example_model or "").encode()
    yield from _crashing()
    yield Mutant(
        "accepts a comma after the last property",
        "request.json.extensions",
        changes_body(lambda b: b.endswith(b",}"), lambda b: b[:-2] + b"}"),
    )
    yield Mutant(
        "accepts comments",
        "request.json.extensions",
        changes_body(lambda b: b"/*" in b, lambda b: re.sub(rb"/\*.*?\*/", b"", b)),
    )
    yield Mutant(
        "treats form data as an example request",
        "request.json.syntax",
        changes_body(_starts(b"input="), lambda b: plain),
    )
    yield Mutant(
        "accepts control characters in strings",
        "request.json.extensions",
        changes_body(lambda b: b"\n" in b, lambda b: b.replace(b"\n", b" ")),
    )
    yield Mutant(
        "replaces bytes that are invalid in UTF-8",
        "request.json.encoding",
        changes_body(lambda b: b"\xff" in b[4:], lambda b: b.decode("utf-8", "replace").encode()),
    )
    yield Mutant(
        "accepts ISO 8859-1",
        "request.json.encoding",
        changes_body(_is_not_utf8, lambda b: b.decode("latin-1").encode()),
    )
    yield Mutant(
        "treats an empty body as an example request",
        "request.json.empty",
        changes_body(lambda b: not b.strip(), lambda b: plain),
    )
    yield Mutant(
        "treats deep nesting as an example request",
        "request.json.depth",
        changes_body(lambda b: b"[[[[" in b, lambda b: plain),
    )
    yield Mutant(
        "truncates long numbers",
        "request.json.long-number",
        changes_body(
            lambda b: re.search(rb"\d{999}", b), lambda b: re.sub(rb"\d{3,}", lambda m: m[0][:3], b)
        ),
    )
    yield Mutant(
        "ignores text after the JSON",
        "request.json.trailing-data",
        changes_body(lambda b: b.endswith(b"}x"), lambda b: b[:-1]),
    )
    yield Mutant(
        "uses the last of two JSON values",
        "request.json.trailing-data",
        changes_body(lambda b: b"}{" in b, lambda b: b[b.index(b"}{") + 1 :]),
    )
    for literal in ("NaN", "Infinity"):
        fault = _accepts_as_token(literal.encode())
        yield Mutant(f"accepts {literal} as a token", "request.json.not-a-number", fault)


def _crashing() -> Iterator[Mutant]:
    tests: tuple[tuple[str, str, Callable[[Request], object]], ...] = (
        ("malformed JSON", "request.json.syntax", lambda c: c.body.strip() and c.payload() is MISSING),
        ("invalid UTF-8", "request.json.encoding", lambda c: _is_not_utf8(c.body)),
        ("an empty body", "request.json.empty", lambda c: c.method == "POST" and not c.body.strip()),
        ("deep nesting", "request.json.depth", lambda c: b"[[[[" in c.body),
        ("long numbers", "request.json.long-number", lambda c: re.search(rb"\d{999}", c.body)),
        ("NaN", "request.json.not-a-number", lambda c: b"NaN" in c.body),
        ("text after the JSON", "request.json.trailing-data", lambda c: c.body.endswith(b"}x")),
        ("a repeated property", "request.json.duplicate-key", lambda c: c.body.count(b'"model":') > 1),
        ("comments", "request.json.no-crash", lambda c: b"/*" in c.body),
        ("a byte order mark", "request.json.byte-order-mark", lambda c: c.body.startswith(BOM)),
    )
    for what, requirement, on in tests:
        yield Mutant(f"crashes on {what}", requirement, crashes_on_invalid(on))


def _accepts_as_token(literal: bytes) -> Fault:
    return changes_body(lambda b: literal in b, lambda b: re.sub(b"-?" + literal, b"98", b))


def _starts(prefix: bytes) -> Callable[[bytes], bool]:
    return lambda body: body.startswith(prefix)


def _is_not_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
