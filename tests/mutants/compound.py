"""Mutants whose faults need two conditions: a combination of values, or the end of a large request."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from conformance.contract import Contract, Scheme
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.embeddings import changes_vectors, embeds_input, is_array_of, max_texts, reorders
from tests.faulty_servers.faults import (
    changes_body,
    changes_payload,
    changes_response,
    compresses,
    only_for,
    rejects_valid,
)
from tests.faulty_servers.messages import Payload, Request, error
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant
from tests.mutants.setup import NATIVE_LENGTH

SURROGATES = re.compile(rb"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}", re.IGNORECASE)


def compound_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants with two conditions, from all areas."""
    yield from _tokens()
    yield from _batches(max_texts(contract))
    yield from _sizes()
    yield from _requests()
    yield from _secrets(contract)
    rejected = compresses(
        gzip.compress, "gzip", lambda request, _: "gzip;q=0" in (request.header("accept-encoding") or "")
    )
    yield Mutant("returns gzip for Accept-Encoding: gzip;q=0", "http.content-coding", rejected)


def _tokens() -> Iterator[Mutant]:
    ragged, different = "meaning.batch.tokens", "meaning.different.tokens"
    yield Mutant("pads short arrays of tokens in a batch", ragged, embeds_input(_padded))
    yield Mutant("returns the vectors of token arrays in reverse order", ragged, reorders(_reversed_tokens))
    for bits in (15, 16):
        yield Mutant(
            f"truncates tokens to {bits} bits", different, embeds_input(partial(_truncated, bits=bits))
        )


def _batches(most: int) -> Iterator[Mutant]:
    large, largest, options = (f"meaning.batch.{what}" for what in ("large", "largest", "options"))
    yield Mutant("returns the vector of text 32 for text 33 of a batch", large, reorders(_last_of_33))
    yield Mutant(
        "returns the first vector for the last text of the largest batch",
        largest,
        reorders(lambda v, _: [*range(most - 1), 0] if len(v) == most else range(len(v))),
    )
    for name in ("user", "dimensions"):
        yield Mutant(
            f"returns batches with {name} in reverse order",
            options,
            reorders(partial(_reversed_with, name=name)),
        )


def _sizes() -> Iterator[Mutant]:
    own = "meaning.native-dimensions"
    yield Mutant(
        "crashes on dimensions equal to the native length",
        own,
        rejects_valid(lambda p: _size(p) == NATIVE_LENGTH, 500),
    )
    yield Mutant(
        "negates vectors if dimensions is the native length",
        own,
        only_for(lambda p: _size(p) == NATIVE_LENGTH, changes_vectors(lambda vs, _: [-v for v in vs])),
    )
    cut = only_for(lambda p: (_size(p) or 0) > 1024, changes_vectors(lambda vs, _: [v[:1024] for v in vs]))
    yield Mutant("returns at most 1,024 numbers", "response.dimensions", cut)


def _requests() -> Iterator[Mutant]:
    yield Mutant(
        "decodes escaped surrogate pairs as two characters",
        "meaning.json-escapes",
        changes_body(SURROGATES.search, lambda body: SURROGATES.sub(rb"\\ufffd\\ufffd", body)),
    )
    yield Mutant(
        "crashes on a non-ASCII model name",
        "request.model.unknown",
        changes_response(
            lambda request, r: r.status == 404 and not request.body.isascii(), lambda r: error(500)
        ),
    )
    yield Mutant(
        "validates only the first 16 texts",
        "request.input.strings.items.type",
        changes_payload(
            lambda p: (
                is_array_of(p.get("input"), str) and not all(isinstance(t, str) for t in p["input"][16:])
            ),
            lambda p: {**p, "input": [t for t in p["input"] if isinstance(t, str)]},
        ),
    )
    yield Mutant(
        "accepts any user with base64",
        "request.user.type",
        changes_payload(
            lambda p: p.get("encoding_format") == "base64" and not isinstance(p.get("user", ""), str),
            lambda p: {**p, "user": "river"},
        ),
    )


def _secrets(contract: Contract) -> Iterator[Mutant]:
    """For each secret, a server that compares only its beginning, in the last security alternative that needs it."""
    auth = Authentication(contract)
    for scheme in auth.secret_schemes:
        alternatives = [names for names in auth.security.alternatives if scheme.name in names]
        if len(alternatives) > 1:
            yield Mutant(
                f"compares only the beginning of {scheme.name} in its last alternative",
                f"auth.secret.{scheme.label}.last-character-removed",
                _compares_beginning(auth, scheme, alternatives[-1]),
            )


def _compares_beginning(auth: Authentication, scheme: Scheme, names: frozenset[str]) -> Fault:
    valid = auth.valid[scheme.name]

    def meets(request: Request) -> bool:
        value = scheme.extract(request.header(scheme.header) or "") or ""
        return auth.given(request) == names and value[:8] == valid[:8]

    return auth.accepts_as_valid(scheme, meets)


def _padded(value: Any) -> Any:
    if not is_array_of(value, list):
        return value
    most = max(map(len, value))
    return [[*tokens, *[0] * (most - len(tokens))] for tokens in value]


def _truncated(value: Any, bits: int) -> Any:
    if isinstance(value, list) and not is_array_of(value, str):
        return [_truncated(item, bits) for item in value]
    return value % 2**bits if isinstance(value, int) else value


def _reversed_tokens(value: list[Any], _: Payload) -> list[int]:
    order = [*range(len(value))]
    return order[::-1] if is_array_of(value, list) else order


def _reversed_with(value: list[Any], payload: Payload, name: str) -> list[int]:
    order = [*range(len(value))]
    return order[::-1] if name in payload else order


def _last_of_33(value: list[Any], _: Payload) -> list[int]:
    order = [*range(len(value))]
    return [*order[:-1], order[-2]] if len(value) > 32 and len(value) % 32 == 1 else order


def _size(payload: Payload) -> int | None:
    size = payload.get("dimensions")
    return size if type(size) is int else None
