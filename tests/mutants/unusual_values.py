"""Mutants that accept unusual values of properties and credentials, or crash on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import unquote

from conformance.contract import Contract, Scheme
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.faults import (
    Condition,
    changes_body,
    changes_payload,
    crashes,
    crashes_on_invalid,
    rejects,
)
from tests.faulty_servers.messages import Request
from tests.mutants.mutant import Mutant

REJECTED, NO_CRASH = "request.value.rejected", "request.value.no-crash"


def unusual_value_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of the requirements about unusual values."""
    yield from _accepted(contract)
    yield from _crashing()
    yield from _credentials(Authentication(contract))


def _accepted(contract: Contract) -> Iterator[Mutant]:
    known = contract.request.properties.keys()
    empty = changes_payload(
        lambda p: any(name not in known and value in (None, []) for name, value in p.items()),
        lambda p: {name: value for name, value in p.items() if value not in (None, [])},
    )
    objects = changes_payload(
        lambda p: isinstance(p.get("user"), dict) and p["user"],
        lambda p: {name: value for name, value in p.items() if name != "user"},
    )
    overflow = changes_body(lambda body: b"1e400" in body, lambda body: body.replace(b"1e400", b"7"))
    yield Mutant("ignores unknown properties that are null or empty", REJECTED, empty)
    yield Mutant("ignores a user that is an object with properties", REJECTED, objects)
    yield Mutant("replaces numbers above the range of floats", REJECTED, overflow)


def _crashing() -> Iterator[Mutant]:
    conditions: Mapping[str, Condition] = {
        "a model of thousands of characters": lambda p: len(_text(p, "model")) > 1000,
        "dimensions beyond 64 bits": lambda p: type(p.get("dimensions")) is int and p["dimensions"] >= 2**63,
        "a NUL in the user": lambda p: "\0" in _text(p, "user"),
        "an empty model": lambda p: p.get("model") == "",
        "the property __proto__": lambda p: "__proto__" in p,
    }
    for what, condition in conditions.items():
        yield Mutant(f"crashes on {what}", NO_CRASH, rejects(condition, 500))
    surrogate = crashes_on_invalid(
        lambda request: b'unknown_property":"' in request.body and b"\\ud800" in request.body
    )
    yield Mutant("crashes on a lone surrogate in an unknown property", NO_CRASH, surrogate)


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _credentials(auth: Authentication) -> Iterator[Mutant]:
    for scheme in auth.secret_schemes:
        requirement, valid = f"auth.secret.{scheme.label}.unusual", auth.valid[scheme.name]
        decoded = auth.accepts_as_valid(scheme, partial(_is_encoded, scheme=scheme, valid=valid))
        ignored = auth.accepts_as_valid(scheme, partial(_is_in_ascii, scheme=scheme, valid=valid))
        quoted = auth.accepts_as_valid(scheme, partial(_has, scheme=scheme, part="'"))
        yield Mutant(f"decodes percent-encoding in {scheme.header}", requirement, decoded)
        yield Mutant(f"ignores non-ASCII characters in {scheme.header}", requirement, ignored)
        yield Mutant(f"accepts every {scheme.header} with a quote", requirement, quoted)
    first, public = auth.secret_schemes[0], next(scheme for scheme in auth.schemes if not scheme.secret)
    for scheme in (first, public):
        crashing = crashes(partial(_is_not_ascii, scheme=scheme))
        yield Mutant(f"crashes on a non-ASCII {scheme.header}", "auth.values.no-crash", crashing)


def _given(request: Request, scheme: Scheme) -> str:
    return (request.header(scheme.header) or "").removeprefix(scheme.prefix)


def _is_encoded(request: Request, scheme: Scheme, valid: str) -> bool:
    given = _given(request, scheme)
    return given != valid and unquote(given) == valid


def _is_in_ascii(request: Request, scheme: Scheme, valid: str) -> bool:
    given = _given(request, scheme)
    return given != valid and given.encode("ascii", "ignore").decode() == valid


def _is_not_ascii(request: Request, scheme: Scheme) -> bool:
    return not _given(request, scheme).isascii()


def _has(request: Request, scheme: Scheme, part: str) -> bool:
    return part in _given(request, scheme)
