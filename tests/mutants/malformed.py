"""Mutants that choke on malformed JSON, or read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.contract import Contract
from conformance.validation import MISSING
from tests.mutants.asgi import Call, Fault
from tests.mutants.mutant import Mutant, accepts_bodies, crashes

BOM = b"\xef\xbb\xbf"


def malformed_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of malformed JSON."""
    plain = b'{"model":"%s","input":"river"}' % (contract.example_model or "").encode()
    yield from _crashing()
    yield Mutant(
        "reads a comma behind the last property",
        "request.json.extensions",
        accepts_bodies(lambda b: b.endswith(b",}"), lambda b: b[:-2] + b"}"),
    )
    yield Mutant(
        "reads comments",
        "request.json.extensions",
        accepts_bodies(lambda b: b"/*" in b, lambda b: re.sub(rb"/\*.*?\*/", b"", b)),
    )
    yield Mutant(
        "reads form data", "request.json.syntax", accepts_bodies(_starts(b"input="), lambda b: plain)
    )
    yield Mutant(
        "reads control characters in strings",
        "request.json.extensions",
        accepts_bodies(lambda b: b"\n" in b, lambda b: b.replace(b"\n", b" ")),
    )
    yield Mutant(
        "replaces what is not UTF-8",
        "request.json.encoding",
        accepts_bodies(lambda b: b"\xff" in b[4:], lambda b: b.decode("utf-8", "replace").encode()),
    )
    yield Mutant(
        "reads ISO 8859-1",
        "request.json.encoding",
        accepts_bodies(_broken, lambda b: b.decode("latin-1").encode()),
    )
    yield Mutant(
        "takes an empty body for an example",
        "request.json.empty",
        accepts_bodies(lambda b: not b.strip(), lambda b: plain),
    )
    yield Mutant(
        "gives up on deep nesting and embeds nothing of it",
        "request.json.depth",
        accepts_bodies(lambda b: b"[[[[" in b, lambda b: plain),
    )
    yield Mutant(
        "cuts numbers",
        "request.json.long-number",
        accepts_bodies(
            lambda b: re.search(rb"\d{999}", b), lambda b: re.sub(rb"\d{3,}", lambda m: m[0][:3], b)
        ),
    )
    yield Mutant(
        "reads the first value of a body",
        "request.json.trailing-data",
        accepts_bodies(lambda b: b.endswith(b"}x"), lambda b: b[:-1]),
    )
    yield Mutant(
        "reads the last of two values",
        "request.json.trailing-data",
        accepts_bodies(lambda b: b"}{" in b, lambda b: b[b.index(b"}{") + 1 :]),
    )
    for literal in ("NaN", "Infinity"):
        fault = _takes_for_a_token(literal.encode())
        yield Mutant(f"takes {literal} for a token", "request.json.not-a-number", fault)
    yield Mutant(
        "takes the last of two values of a name",
        "request.json.duplicate-key",
        accepts_bodies(lambda b: b.count(b'"input":') > 1 and b"}{" not in b, lambda b: plain),
    )
    yield Mutant(
        "takes the last of two models",
        "request.json.duplicate-key",
        accepts_bodies(lambda b: b.count(b'"model":') > 1, lambda b: plain),
    )


def _crashing() -> Iterator[Mutant]:
    tests: tuple[tuple[str, str, Callable[[Call], object]], ...] = (
        ("malformed JSON", "request.json.syntax", lambda c: c.body.strip() and c.payload() is MISSING),
        ("what is not UTF-8", "request.json.encoding", lambda c: _broken(c.body)),
        ("an empty body", "request.json.empty", lambda c: c.method == "POST" and not c.body.strip()),
        ("deep nesting", "request.json.depth", lambda c: b"[[[[" in c.body),
        ("long numbers", "request.json.long-number", lambda c: re.search(rb"\d{999}", c.body)),
        ("NaN", "request.json.not-a-number", lambda c: b"NaN" in c.body),
        ("text behind the body", "request.json.trailing-data", lambda c: c.body.endswith(b"}x")),
        ("a name given twice", "request.json.duplicate-key", lambda c: c.body.count(b'"model":') > 1),
        ("comments", "request.json.no-crash", lambda c: b"/*" in c.body),
        ("a byte order mark", "request.json.byte-order-mark", lambda c: c.body.startswith(BOM)),
    )
    for what, requirement, on in tests:
        yield Mutant(f"crashes on {what}", requirement, crashes(on))


def _takes_for_a_token(literal: bytes) -> Fault:
    return accepts_bodies(lambda b: literal in b, lambda b: re.sub(b"-?" + literal, b"98", b))


def _starts(prefix: bytes) -> Callable[[bytes], bool]:
    return lambda body: body.startswith(prefix)


def _broken(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
