"""Gateways with one planted fault each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.forwarding.faults import (
    EMPTY,
    AsksBase64,
    Elsewhere,
    Floats,
    InTheQuery,
    Passing,
    Patient,
    Twice,
    changes_answers,
    changes_payloads,
    changes_requests,
    changes_texts,
    maps,
    passes_on,
    says,
    takes,
)
from tests.forwarding.gateway import CONTRACT, KEY, Gateway, Got, error
from tests.forwarding.payloads import (
    adds_to_the_total,
    backwards,
    counts_anew,
    decoded,
    halves_base64,
    nested_decoded,
    renumbers,
    rounds,
    several,
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
    yield "asks a path that nobody serves", "received", Elsewhere
    yield "sends each request twice", "once", Twice
    yield from _of_inputs()
    yield from _of_properties()
    yield from _of_credentials()
    yield from _of_answers()
    yield from _of_errors()
    yield from _of_statuses()


def _of_inputs() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "puts an instruction before each text", "input.text", changes_texts(lambda text: f"query: {text}")
    yield "puts texts in lower case", "input.unicode", changes_texts(str.lower)
    yield (
        "composes characters",
        "input.unicode",
        changes_texts(lambda text: unicodedata.normalize("NFC", text)),
    )
    yield (
        "drops what is not ASCII",
        "input.unicode",
        changes_texts(lambda t: t.encode("ascii", "ignore").decode()),
    )
    yield "strips texts", "input.whitespace", changes_texts(lambda text: text.strip(" \n\t\r") or text)
    yield (
        "puts blanks for line feeds",
        "input.whitespace",
        changes_texts(lambda text: text.replace("\n", " ")),
    )
    yield (
        "keeps the first text of a batch",
        "input.batch",
        changes_payloads(lambda p: {"input": p["input"][:1] if several(p["input"]) else p["input"]}),
    )
    yield (
        "sorts a batch",
        "input.batch",
        changes_payloads(
            lambda p: {"input": sorted(p["input"], reverse=True) if several(p["input"]) else p["input"]}
        ),
    )
    yield "decodes tokens", "input.tokens", changes_payloads(lambda p: {"input": decoded(p["input"])})
    yield (
        "decodes nested tokens",
        "input.nested-tokens",
        changes_payloads(lambda p: {"input": nested_decoded(p["input"])}),
    )


def _of_properties() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "asks for another model", "model", changes_payloads(lambda p: {"model": "text-embedding-3-large"})
    yield "drops dimensions", "dimensions", changes_payloads(lambda p: {"dimensions": None})
    yield (
        "asks for more dimensions",
        "dimensions",
        changes_payloads(lambda p: {"dimensions": p["dimensions"] + 1}),
    )
    yield "drops the user", "user", changes_payloads(lambda p: {"user": None})
    yield (
        "puts its own user",
        "user",
        changes_payloads(lambda p: {"user": "gateway" if "user" in p else None}),
    )
    yield "always asks for floats", "encoding-format.given", Floats
    yield "asks for base64 by itself", "encoding-format.added", AsksBase64
    adds = changes_payloads(lambda p: {"dimensions": p.get("dimensions", 64)})
    yield "asks for a length by itself", "dimensions.added", adds
    yield "drops the user beside a batch", "user", changes_payloads(_without_user_in_batches)
    yield (
        "drops dimensions beside tokens",
        "dimensions",
        changes_payloads(lambda p: {"dimensions": None} if _is_flat(p["input"]) else {}),
    )
    yield "cuts long texts", "input.text", changes_texts(lambda value: value[:4000])
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
        "puts its own key in the place of the client's",
        "credential.provider-auth.as-given",
        changes_requests(lambda sent: replace(sent, headers=sent.headers | {"authorization": own})),
    )
    yield (
        "drops the client's Authorization",
        "credential.provider-auth.as-given",
        changes_requests(
            lambda s: replace(s, headers={n: v for n, v in s.headers.items() if n != "authorization"})
        ),
    )
    for name in ("Portkey-Key", "Virtual-Key", "Config"):
        scheme = CONTRACT.security[name]
        yield f"passes {name} on", f"credential.{scheme.label}.withheld", passes_on(scheme.header)
    yield "puts the key in the query", "credential.portkey-key.withheld", InTheQuery


def _of_answers() -> Iterator[tuple[str, str, type[Gateway]]]:
    yield "hands out vectors the other way round", "response.vectors", changes_answers(backwards)
    yield "rounds numbers", "response.vectors", changes_answers(rounds)
    yield "halves the precision of base64", "response.base64", changes_answers(halves_base64)
    yield "numbers what comes as it comes", "response.order", changes_answers(renumbers)
    yield "counts tokens by itself", "response.usage", changes_answers(counts_anew)
    yield "adds a token to the total", "response.usage", changes_answers(adds_to_the_total)


def _of_errors() -> Iterator[tuple[str, str, type[Gateway]]]:
    for status in (400, 401, 404, 429, 500, 502, 503):
        yield f"answers 200 where the upstream says {status}", f"error.{status}", maps({status: EMPTY})
    cut, page = b'"embedding":[0.1,', b"<!DOCTYPE"
    yield "takes JSON that breaks off", "error.malformed", takes(cut, EMPTY)
    yield "takes a page", "error.html", takes(page, EMPTY)
    yield "takes an error object", "error.error-object", takes(b'"error"', EMPTY)
    yield "answers 200 where the upstream goes away", "error.dropped", says("dropped", lambda sent: EMPTY)
    yield (
        "answers 200 where the upstream is silent",
        "error.no-response",
        says("silent", lambda sent: EMPTY),
    )
    yield "waits for ever", "error.no-response", Patient
    yield (
        "tells the upstream's key",
        "error.secret",
        maps({401: error(502, f"The upstream does not like {KEY}.")}),
    )
    yield "passes pages on", "error.json", Passing
    yield (
        "answers with text where the upstream goes away",
        "error.json",
        says("dropped", lambda sent: Got(502, b"fetch failed", {"Content-Type": "text/plain"})),
    )


def _of_statuses() -> Iterator[tuple[str, str, type[Gateway]]]:
    for status, other in ((400, 502), (404, 400), (429, 503), (500, 400), (502, 404), (503, 424)):
        yield f"answers {other} for {status}", f"status.{status}", maps({status: error(other)})
    yield "answers 422 for JSON that breaks off", "status.malformed", takes(b'"embedding":[0.1,', error(422))
    yield "answers 400 for a page", "status.html", takes(b"<!DOCTYPE", error(400))
    yield "answers 400 for a dropped connection", "status.dropped", says("dropped", lambda sent: error(400))
    yield "answers 400 for silence", "status.no-response", says("silent", lambda sent: error(400))
    yield "drops Retry-After", "retry-after", maps({429: error(429)})
    yield "puts a Retry-After of its own", "retry-after", maps({429: error(429, Retry_After="0")})


def _without_user_in_batches(payload: dict[str, Any]) -> dict[str, Any]:
    return {"user": None} if isinstance(payload["input"], list) else {}


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and isinstance(value[0], int)
