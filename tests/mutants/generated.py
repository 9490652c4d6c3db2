"""Mutants whose faults need several things to come together, so that only generated requests meet them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract
from conformance.reference import default_credentials

from .asgi import Call, Fault, Reply, Serve
from .mutant import Mutant, Payload, accepts, refuses


def generated_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area property."""
    valid, broken = "property.valid", "property.broken"
    known = contract.request.properties.keys()
    yield Mutant("refuses digits beside a user", valid, refuses(_digits_and_user))
    yield Mutant("crashes on dimensions before anything else", valid, refuses(_starts_with_dimensions, 500))
    yield Mutant(
        "drops unknown properties that are not text",
        broken,
        accepts(
            lambda p: any(k not in known and not isinstance(v, str) for k, v in p.items()),
            lambda p: {k: v for k, v in p.items() if k in known},
        ),
    )
    yield Mutant("lets two wrong credentials in", "property.credentials", _opened(contract))


def _digits_and_user(payload: Payload) -> bool:
    value = payload.get("input")
    return isinstance(value, str) and "user" in payload and any(c.isdigit() for c in value)


def _starts_with_dimensions(payload: Payload) -> bool:
    return next(iter(payload), "") == "dimensions"


def _opened(contract: Contract) -> Fault:
    """Lets everybody in who has two credentials that are wrong."""
    valid = default_credentials(contract)
    schemes = contract.security.schemes

    async def serve(call: Call, correct: Serve) -> Reply:
        values = {s.name: call.header(s.header) for s in schemes if s.secret}
        wrong = [n for n, v in values.items() if v is not None and len(v) > 9 and not v.endswith(valid[n])]
        if len(wrong) > 1:
            for scheme in schemes:
                call = call.with_header(*scheme.render(valid[scheme.name]))
        return await correct(call)

    return serve
