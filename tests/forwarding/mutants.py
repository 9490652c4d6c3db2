"""Gateways with one fault each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faulty_servers.messages import respond
from tests.forwarding.faults import (
    EMPTY,
    KeyInQuery,
    NoTimeout,
    RequestsBase64,
    RequestsFloats,
    ReturnsPages,
    SendsTwice,
    WrongPath,
    accepts_invalid,
    changes_payloads,
    changes_requests,
    changes_responses,
    changes_texts,
    forwards_header,
    maps_errors,
    responds,
)
from tests.forwarding.gateway import CONTRACT, KEY, Gateway, error
from tests.forwarding.late_and_large import (
    DropsCoding,
    InOrderOfRequests,
    KeepsCoding,
    SwapsParts,
    maps_compressed_errors,
)
from tests.forwarding.payloads import (
    decoded,
    halves_base64,
    increments_total,
    is_batch,
    nested_decoded,
    renumbers_items,
    replaces_usage,
    reverses_vectors,
    rounds_numbers,
)


@dataclass(frozen=True)
class Mutant:
    """A gateway with one fault, which violates the requirement ``breaks``."""

    name: str
    breaks: str
    gateway: type[Gateway]


def mutants() -> dict[str, Mutant]:
    """All mutants by name."""
    made = [Mutant(name, f"forwarding.{breaks}", gateway) for name, breaks, gateway in _all()]
    assert len({mutant.name for mutant in made}) == len(made)
    return {mutant.name: mutant for mutant in made}


def _all() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "sends requests to a wrong path", "received", WrongPath
    yield "sends each request twice", "once", SendsTwice
    yield from _of_inputs()
    yield from _of_properties()
    yield from _of_credentials()
    yield from _of_responses()
    yield from _of_errors()
    yield from _of_statuses()


def _of_inputs() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "adds an instruction before each text", "input.text", changes_texts(lambda text: f"query: {text}")
    yield "converts texts to lowercase", "input.unicode", changes_texts(str.lower)
    yield (
        "composes characters (NFC)",
        "input.unicode",
        changes_texts(lambda text: unicodedata.normalize("NFC", text)),
    )
    yield (
        "removes characters that are not ASCII",
        "input.unicode",
        changes_texts(lambda t: t.encode("ascii", "ignore").decode()),
    )
    yield (
        "strips whitespace around texts",
        "input.whitespace",
        changes_texts(lambda text: text.strip(" \n\t\r") or text),
    )
    yield (
        "replaces line feeds with spaces",
        "input.whitespace",
        changes_texts(lambda text: text.replace("\n", " ")),
    )
    yield (
        "sends only the first text of a batch",
        "input.batch",
        changes_payloads(lambda p: {"input": p["input"][:1] if is_batch(p["input"]) else p["input"]}),
    )
    yield (
        "sorts a batch",
        "input.batch",
        changes_payloads(
            lambda p: {"input": sorted(p["input"], reverse=True) if is_batch(p["input"]) else p["input"]}
        ),
    )
    yield "decodes tokens", "input.tokens", changes_payloads(lambda p: {"input": decoded(p["input"])})
    yield (
        "decodes nested tokens",
        "input.nested-tokens",
        changes_payloads(lambda p: {"input": nested_decoded(p["input"])}),
    )


def _of_properties() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "requests another model", "model", changes_payloads(lambda p: {"model": "text-embedding-3-large"})
    yield "removes dimensions", "dimensions", changes_payloads(lambda p: {"dimensions": None})
    yield (
        "requests one more dimension",
        "dimensions",
        changes_payloads(lambda p: {"dimensions": p["dimensions"] + 1}),
    )
    yield "removes the user", "user", changes_payloads(lambda p: {"user": None})
    yield (
        "replaces the user with its own",
        "user",
        changes_payloads(lambda p: {"user": "gateway" if "user" in p else None}),
    )
    yield "always requests floats", "encoding-format.given", RequestsFloats
    yield "requests base64 if the client requests no encoding", "encoding-format.added", RequestsBase64
    adds = changes_payloads(lambda p: {"dimensions": p.get("dimensions", 64)})
    yield "requests dimensions if the client requests none", "dimensions.added", adds
    yield "removes the user from batch requests", "user", changes_payloads(_without_user_in_batches)
    yield (
        "removes dimensions from token requests",
        "dimensions",
        changes_payloads(lambda p: {"dimensions": None} if _is_flat(p["input"]) else {}),
    )
    yield "truncates long texts", "input.text", changes_texts(lambda value: value[:4000])
    yield (
        "keeps 16 bits of each token",
        "input.tokens",
        changes_payloads(
            lambda p: {"input": [t % 2**16 for t in p["input"]]} if _is_flat(p["input"]) else {}
        ),
    )


def _of_credentials() -> Iterator[tuple[str, str, type[Gateway]]]:
    own = f"Bearer {KEY}"
    yield (
        "replaces the client's credential with its own",
        "credential.provider-auth.as-given",
        changes_requests(lambda request: request.with_header("authorization", own)),
    )
    yield (
        "removes the client's Authorization",
        "credential.provider-auth.as-given",
        changes_requests(lambda request: request.with_header("authorization", None)),
    )
    for name in ("Portkey-Key", "Virtual-Key", "Config"):
        scheme = CONTRACT.security[name]
        yield f"forwards {name}", f"credential.{scheme.label}.withheld", forwards_header(scheme.header)
    yield "adds the key to the query", "credential.portkey-key.withheld", KeyInQuery


def _of_responses() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "returns the vectors in reverse order", "response.vectors", changes_responses(reverses_vectors)
    yield "rounds numbers", "response.vectors", changes_responses(rounds_numbers)
    yield "reduces base64 vectors to 16 bits", "response.base64", changes_responses(halves_base64)
    yield "numbers items in the order of arrival", "response.order", changes_responses(renumbers_items)
    yield "keeps the coding of decompressed responses", "response.compressed", KeepsCoding
    yield "returns compressed bodies without their coding", "response.compressed", DropsCoding
    yield "joins the parts of a large batch in another order", "response.large-batch", SwapsParts
    yield "returns responses in the order of requests", "response.late", InOrderOfRequests
    yield "counts tokens itself", "response.usage", changes_responses(replaces_usage)
    yield "adds one to total_tokens", "response.usage", changes_responses(increments_total)


def _of_errors() -> Iterator[tuple[str, str, type[Gateway]]]:
    for status in (400, 401, 404, 429, 500, 502, 503):
        yield f"returns 200 for a {status}", f"error.{status}", maps_errors({status: EMPTY})
    yield "returns 200 for a compressed 400", "error.compressed", maps_compressed_errors(EMPTY)
    truncated, page = b'"embedding":[0.1,', b"<!DOCTYPE"
    yield "returns 200 for truncated JSON", "error.malformed", accepts_invalid(truncated, EMPTY)
    yield "returns 200 for an HTML page", "error.html", accepts_invalid(page, EMPTY)
    yield "returns 200 for an error object", "error.error-object", accepts_invalid(b'"error"', EMPTY)
    yield "returns 200 for a dropped connection", "error.dropped", responds("on_drop", lambda request: EMPTY)
    yield (
        "returns 200 without an upstream response",
        "error.no-response",
        responds("on_timeout", lambda request: EMPTY),
    )
    yield "has no timeout for the upstream", "error.no-response", NoTimeout
    yield (
        "returns the credential for the upstream",
        "error.secret",
        maps_errors({401: error(502, f"The upstream does not like {KEY}.")}),
    )
    yield "returns the upstream's HTML page", "error.json", ReturnsPages
    yield (
        "returns plain text for a dropped connection",
        "error.json",
        responds("on_drop", lambda request: respond(502, b"fetch failed", media_type="text/plain")),
    )


def _of_statuses() -> Iterator[tuple[str, str, type[Gateway]]]:
    for status, other in ((400, 502), (404, 400), (429, 503), (500, 400), (502, 404), (503, 424)):
        yield f"returns {other} for a {status}", f"status.{status}", maps_errors({status: error(other)})
    yield "returns 502 for a compressed 400", "status.compressed", maps_compressed_errors(error(502))
    yield (
        "returns 422 for truncated JSON",
        "status.malformed",
        accepts_invalid(b'"embedding":[0.1,', error(422)),
    )
    yield "returns 400 for an HTML page", "status.html", accepts_invalid(b"<!DOCTYPE", error(400))
    yield (
        "returns 400 for a dropped connection",
        "status.dropped",
        responds("on_drop", lambda request: error(400)),
    )
    yield (
        "returns 400 without an upstream response",
        "status.no-response",
        responds("on_timeout", lambda request: error(400)),
    )
    yield "removes Retry-After", "retry-after", maps_errors({429: error(429)})
    yield "replaces Retry-After with its own", "retry-after", maps_errors({429: error(429, Retry_After="0")})


def _without_user_in_batches(payload: dict[str, Any]) -> dict[str, Any]:
    return {"user": None} if isinstance(payload["input"], list) else {}


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and isinstance(value[0], int)
