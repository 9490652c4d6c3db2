"""The cases: a file, and the command that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .documents import (
    BOMB,
    DEEP,
    DIGITS,
    MERGES,
    SEGMENTS,
    arrays,
    contract,
    fanned_out,
    nested,
    overlay,
    text,
    update,
    vendored,
    with_schemas,
)

FILE = "FILE"
URL = "http://127.0.0.1:9/v1"
CONTRACT = ("requirements", "--contract", FILE)
PLAN = ("plan", URL, "--contract", FILE)
PROFILE = ("requirements", "--profile", FILE)
BASELINE = ("run", URL, "--profile", "open", "--baseline", FILE)
REPORT = ("report", FILE)
SNAPSHOT = ("snapshot", URL, "--check", FILE)
SETTINGS = ("requirements",)
OWN_FILE = "embeddings-conformance.toml"
TOO_LARGE = 33 * 2**20

HUGE = 2**31 - 1
"""The bound that Java frameworks write for "no bound"."""


@dataclass(frozen=True)
class Case:
    """The file *name* with this *content*, and the *words* of a command; *others* are more files, by name.

    The command ends with exit code 4 and a sentence that names the file and contains *says*. Without *says*, it accepts
    the file, and ends with exit code 0.
    """

    name: str
    content: Callable[[], str | bytes]
    words: tuple[str, ...]
    says: str = ""
    others: dict[str, str] = field(default_factory=dict)


def cases() -> Iterator[tuple[str, Case]]:
    """The cases, by what the file contains."""
    yield from _documents()
    yield from _schemas()
    yield from _overlays()
    yield from _baselines()
    yield from _settings()
    yield from _reports()
    yield from _snapshots()


def case_named(name: str) -> Case:
    """The case with this name. Each test makes its own: all of them together have more than 100 MB."""
    return next(case for other, case in cases() if other == name)


def _documents() -> Iterator[tuple[str, Case]]:
    def case(name: str, content: str | bytes, says: str) -> Case:
        return Case(name, lambda: content, CONTRACT, says)

    keys = json.dumps(contract() | {"x-keys": {f"k{n}": n for n in range(100_000)}})
    number = text(number={"type": "integer", "maximum": 7})
    yield "a bomb of aliases as contract", case("c.yaml", BOMB, "at most 100,000 values")
    yield "a chain of merges", case("c.yaml", MERGES, "at most 100,000 values")
    yield "100,000 keys, in JSON", case("c.json", keys, "at most 100,000 values")
    yield "100,000 keys, in YAML", case("c.yaml", keys.replace(", ", ",\n"), "at most 100,000 values")
    yield "50,000 duplicate keys", case("c.json", "{" + '"a": 1, ' * 50_000 + '"b": 1}', "each key once")
    yield "200,000 levels, in JSON", case("c.json", DEEP, "at most 100")
    yield "200,000 levels, in YAML", case("c.yaml", "- " * 200_000, "at most 100 levels")
    yield "an integer of 5,000 digits", case("c.json", number.replace("7", DIGITS), "at most 300 digits")
    yield "a hexadecimal integer", case("c.yaml", f"a: 0x{DIGITS}", "at most 300 digits")
    yield (
        "a path of 20,000 segments",
        case("c.json", text().replace("/embeddings", f"{SEGMENTS}/embeddings"), "at most 500 characters"),
    )
    yield (
        "a pointer of 20,000 segments",
        case("c.json", text(a={"$ref": f"#{SEGMENTS}"}), "refers to a value that does not exist"),
    )
    yield "a file of 33 MiB", case("c.yaml", b"#" * TOO_LARGE, "larger than 8 MiB")
    yield "bytes that are not UTF-8", case("c.yaml", b"a: \xff", "text in UTF-8")
    chain = {f"s{n}": {"$ref": f"#/components/schemas/s{n + 1}"} for n in range(20_000)}
    yield "20,000 references in a row", case("c.json", with_schemas(chain), "more than 10 references")
    pattern = {"type": "string", "pattern": "(a+)+$", "default": "a" * 40 + "!"}
    yield "a default for a slow pattern", case("c.json", text(extra=pattern), "'pattern' is not supported")


def _schemas() -> Iterator[tuple[str, Case]]:
    def case(content: str, says: str, words: tuple[str, ...] = CONTRACT) -> Case:
        return Case("c.json", lambda: content, words, says)

    strings = {f"p{n}": {"type": "string"} for n in range(2_000)}
    bounded = {"minItems": 1, "maxItems": 3}
    deep = {f"p{n}": arrays(8, **bounded) for n in range(30)}
    yield "alternatives of alternatives", case(text(a=nested(24)), "")
    yield "eight levels of alternatives", case(text(a=nested(7)), "")
    yield "references that fan out", case(fanned_out(6, 10), "more than 300 schemas")
    yield "2,000 properties", case(text(**strings), "more than 300 schemas")
    yield (
        "an enumeration of 90,000 values",
        case(text(a={"type": "string", "enum": [f"v{n}" for n in range(90_000)]}), "more than 1,000 values"),
    )
    yield "40 levels of arrays", case(text(a=arrays(40)), "")
    yield "very many request bodies", case(text(**deep), "more than 10,000 bodies", PLAN)
    yield (
        "a least length of 2^31 - 1",
        case(text(a={"type": "string", "minLength": HUGE}), "a lower minLength or minItems", PLAN),
    )
    bounds = vendored(
        form0={"maxLength": HUGE},
        form1={"maxItems": HUGE},
        form2={"maxItems": HUGE},
        form3={"maxItems": HUGE},
    )
    yield "bounds of 2^31 - 1", case(bounds, "", PLAN)


def _overlays() -> Iterator[tuple[str, Case]]:
    def case(content: str, says: str, **others: str) -> Case:
        words = ("requirements", "--contract", "c.json", "--profile", FILE) if others else PROFILE
        files = {f"{name}.json": value for name, value in others.items()}
        return Case("o.json", lambda: content, words, says, files)

    slow = json.dumps(contract() | {"x-text": "a" * 40 + "!"})
    many = json.dumps(contract() | {"x-many": [{"a": n} for n in range(30_000)]})
    deep = with_schemas({"a": nested(20)})
    itself: list[dict[str, Any]] = [{"target": "$.info.x", "copy": "$.info.x"}] * 40
    itself[0] = {"target": "$.info", "update": {"x": [1]}}
    yield "match() with a slow expression", case(update("$[?match(@, '(a+)+b')]"), "", c=slow)
    yield "search() with a slow expression", case(update("$[?search(@, '(a|a)*b')]"), "", c=slow)
    yield (
        "search() with a large expression",
        case(update("$[?search(@, '((a{1000}){1000}){1000}')]"), "too large", c=slow),
    )
    yield (
        "a query with 12 descents",
        case(update(f"${'..*' * 12}.none"), "more than 200,000 values", c=deep),
    )
    yield (
        "a query that compares with all values",
        case(update("$..[?count($..*..*) > 0]"), "more than", c=many),
    )
    yield (
        "many long queries",
        case(
            overlay({"target": f"$..[?@.b == {n}]", "update": n} for n in range(500)),
            "1,000,000 steps",
            c=many,
        ),
    )
    yield "a query of 20,000 segments", case(update("$" + ".a" * 20_000), "use at most 1,000")
    yield "a query of 400 parentheses", case(update(f"$[?{'(' * 400}@.a{')' * 400}]"), "")
    yield "a query with a huge index", case(update(f"$[{'9' * 900}]"), "JSONPath")
    yield "a value that is copied onto itself", case(overlay(itself), "more than 100,000 values")
    yield "20,000 actions", case(overlay([{"target": "$.a", "remove": True}] * 20_000), "at most 1,000 items")
    yield "a bomb of aliases as profile", Case("o.yaml", lambda: BOMB, PROFILE, "at most 100,000 values")


def _baselines() -> Iterator[tuple[str, Case]]:
    def case(content: str | bytes, says: str) -> Case:
        return Case("b.yaml", lambda: content, BASELINE, says)

    failures = "format: 1\nknown-failures:\n"
    yield (
        "a bomb of aliases as baseline",
        case(f"format: 1\n{BOMB}known-failures: *i\n", "at most 100,000 values"),
    )
    yield "a chain of merges as baseline", case(MERGES, "at most 100,000 values")
    entries = "".join(f"  k{n}: {{reason: a}}\n" for n in range(33_000))
    yield "33,000 known failures", case(failures + entries, "no requirement 'k0'")
    yield "a sexagesimal number", case(f"format: 1{':1' * 100_000}", "must have 'format: 1'")
    yield "a huge format", case(f"format: 0x{DIGITS}", "at most 300 digits")
    yield "a baseline of 200,000 levels", case(DEEP, "at most 100 levels")
    yield "a baseline of 33 MiB", case(b"#" * TOO_LARGE, "larger than 8 MiB")


def _settings() -> Iterator[tuple[str, Case]]:
    def case(content: str | bytes, says: str) -> Case:
        return Case(OWN_FILE, lambda: content, SETTINGS, says)

    yield "a setting of 200,000 levels", case(f"seed = {DEEP}", "nested too deeply")
    yield "a key of 20,000 parts", case(f"{'.'.join(['a'] * 20_000)} = 1", "more than 1,000 dots")
    yield "a setting of 5,000 digits", case(f"seed = {DIGITS}", "thousands of digits")
    yield "a hexadecimal setting", case(f"timeout = 0x{DIGITS}", "timeout: must be a number")
    yield "settings of 33 MiB", case(b"#" * TOO_LARGE, "larger than 1 MiB")
    yield "settings that are not UTF-8", case(b'name = "\xff"', "text in UTF-8")


def _reports() -> Iterator[tuple[str, Case]]:
    def case(content: str | bytes, says: str) -> Case:
        return Case("r.json", lambda: content, REPORT, says)

    yield "a report of 33 MiB", case(b" " * TOO_LARGE, "larger than 32 MiB")
    yield "a report of ten million values", case("[" + "1," * 10_000_000 + "1]", "more than 500,000 values")
    yield "a report of many objects", case('{"a": [' + '{"b":{}},' * 100_000 + "1]}", "required")
    yield "a report of 200,000 levels", case(DEEP, "at most 128 nested")


def _snapshots() -> Iterator[tuple[str, Case]]:
    def case(content: str | bytes, says: str) -> Case:
        return Case("s.json", lambda: content, SNAPSHOT, says)

    yield "a snapshot of 65 MiB", case(b" " * (65 * 2**20), "larger than 64 MiB")
    yield "a snapshot of 200,000 levels", case(DEEP, "8 levels")
    yield "a snapshot of ten million values", case("[" + "1," * 10_000_000 + "1]", "more than 30,000 values")
    yield "a report as snapshot", case('{"format": 1}', "no member 'snapshot'")
