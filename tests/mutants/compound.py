"""Mutants whose fault takes two conditions together: one value beside another, or the end of a large request."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from conformance.contract import Contract
from conformance.reference import default_credentials
from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.embedding import embeds_input, is_list_of, most_texts, places, revector
from tests.mutants.ground import WIDTH
from tests.mutants.mutant import Mutant, Payload, accepts, accepts_bodies, only, replies

SURROGATES = re.compile(rb"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}", re.IGNORECASE)


def compound_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of two conditions, of all areas."""
    yield from _tokens()
    yield from _batches(most_texts(contract))
    yield from _sizes()
    yield from _requests()
    yield from _doors(contract)
    yield Mutant("zips for who names gzip, if only to refuse it", "http.content-coding", _zips_when_named)


def _tokens() -> Iterator[Mutant]:
    ragged, different = "meaning.batch.tokens", "meaning.different.tokens"
    yield Mutant("fills short arrays of tokens up", ragged, embeds_input(_filled))
    yield Mutant("gives arrays of tokens each other's vectors", ragged, places(_reversed_tokens))
    for bits in (15, 16):
        yield Mutant(f"keeps {bits} bits of a token", different, embeds_input(partial(_kept, bits=bits)))


def _batches(most: int) -> Iterator[Mutant]:
    large, largest, options = (f"meaning.batch.{what}" for what in ("large", "largest", "options"))
    yield Mutant("takes the last of 33 texts for the one before it", large, places(_last_of_33))
    yield Mutant(
        "takes the last text that fits for the first",
        largest,
        places(lambda v, _: [*range(most - 1), 0] if len(v) == most else range(len(v))),
    )
    for name in ("user", "dimensions"):
        yield Mutant(
            f"gives batches with {name} in reverse",
            options,
            places(partial(_reversed_beside, name=name)),
        )


def _sizes() -> Iterator[Mutant]:
    own = "meaning.native-dimensions"
    yield Mutant("crashes on the length that it has anyway", own, _refusing(lambda p: _size(p) == WIDTH))
    yield Mutant(
        "turns vectors of the length that it has anyway",
        own,
        only(lambda p: _size(p) == WIDTH, revector(lambda vs, _: [-v for v in vs])),
    )
    cut = only(lambda p: (_size(p) or 0) > 1024, revector(lambda vs, _: [v[:1024] for v in vs]))
    yield Mutant("stops at 1024 numbers", "response.dimensions", cut)


def _requests() -> Iterator[Mutant]:
    yield Mutant(
        "reads escaped surrogates one by one",
        "meaning.json-escapes",
        accepts_bodies(SURROGATES.search, lambda body: SURROGATES.sub(rb"\\ufffd\\ufffd", body)),
    )
    yield Mutant(
        "breaks on a model whose name is beyond ASCII",
        "request.model.unknown",
        replies(lambda call, r: r.status == 404 and not call.body.isascii(), lambda r: error(500)),
    )
    yield Mutant(
        "looks at the first 16 texts alone",
        "request.input.strings.items.type",
        accepts(
            lambda p: (
                is_list_of(p.get("input"), str) and not all(isinstance(t, str) for t in p["input"][16:])
            ),
            lambda p: {**p, "input": [t for t in p["input"] if isinstance(t, str)]},
        ),
    )
    yield Mutant(
        "takes any user beside base64",
        "request.user.type",
        accepts(
            lambda p: p.get("encoding_format") == "base64" and not isinstance(p.get("user", ""), str),
            lambda p: {**p, "user": "river"},
        ),
    )


def _doors(contract: Contract) -> Iterator[Mutant]:
    """For each secret a door that does not look at it well in the last of its alternatives."""
    valid, security = default_credentials(contract), contract.security
    for scheme in (scheme for scheme in security.schemes if scheme.secret):
        last = [names for names in security.alternatives if scheme.name in names][-1]
        if len([names for names in security.alternatives if scheme.name in names]) > 1:
            yield Mutant(
                f"looks at nothing but the start of {scheme.name} in the last of its alternatives",
                f"auth.secret.{scheme.label}.last-character-removed",
                _careless(contract, scheme.name, last, valid[scheme.name]),
            )


def _careless(contract: Contract, name: str, names: frozenset[str], valid: str) -> Fault:
    scheme = contract.security[name]
    headers = {contract.security[other].header.lower().encode() for other in names}
    every = {s.header.lower().encode() for s in contract.security.schemes}

    async def serve(call: Call, correct: Serve) -> Reply:
        given = {header for header, _ in call.headers} & every
        value = scheme.extract(call.header(scheme.header) or "") or ""
        if given == headers and value[:8] == valid[:8]:
            call = call.with_header(*scheme.render(valid))
        return await correct(call)

    return serve


async def _zips_when_named(call: Call, correct: Serve) -> Reply:
    answer = await correct(call)
    if "gzip;q=0" not in (call.header("accept-encoding") or ""):
        return answer
    return answer.with_body(gzip.compress(answer.body)).with_header("content-encoding", "gzip")


def _filled(value: Any) -> Any:
    if not is_list_of(value, list):
        return value
    most = max(map(len, value))
    return [[*tokens, *[0] * (most - len(tokens))] for tokens in value]


def _kept(value: Any, bits: int) -> Any:
    if isinstance(value, list) and not is_list_of(value, str):
        return [_kept(item, bits) for item in value]
    return value % 2**bits if isinstance(value, int) else value


def _reversed_tokens(value: list[Any], _: Payload) -> list[int]:
    order = [*range(len(value))]
    return order[::-1] if is_list_of(value, list) else order


def _reversed_beside(value: list[Any], request: Payload, name: str) -> list[int]:
    order = [*range(len(value))]
    return order[::-1] if name in request else order


def _last_of_33(value: list[Any], _: Payload) -> list[int]:
    order = [*range(len(value))]
    return [*order[:-1], order[-2]] if len(value) > 32 and len(value) % 32 == 1 else order


def _size(payload: Payload) -> int | None:
    size = payload.get("dimensions")
    return size if type(size) is int else None


def _refusing(right: Any) -> Fault:
    return replies(lambda call, answer: answer.status == 200 and right(call.payload()), lambda _: error(500))
