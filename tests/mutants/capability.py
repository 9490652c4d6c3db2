"""Mutants that declare a capability as unsupported, and misinterpret requests that need it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract, DeclaredCapabilities, shipped_capabilities
from conformance.validation import validate_request
from tests.faulty_servers.capabilities import (
    Convert,
    arrays_as_texts,
    first_item,
    first_token,
    joined,
    on_input,
    tokens_as_texts,
    truncated,
    without_property,
)
from tests.faulty_servers.embeddings import is_base64
from tests.faulty_servers.faults import Condition, changes_payload, crashes_on_invalid_payload, only_for
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant

BATCH, NUMBERS, TOKENS = 16, 24, 150
"""Declared limits: texts of a request, numbers of a vector, tokens of a text."""


def capability_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area capability: for each capability, servers that misinterpret requests that need it."""
    misinterpretations: tuple[tuple[str, str, Convert], ...] = (
        ("ignores unsupported dimensions", "dimensions", without_property("dimensions")),
        ("ignores unsupported base64", "base64", without_property("encoding_format")),
        ("embeds only the first of unsupported tokens", "token-input", on_input(first_token)),
        ("embeds each unsupported token as a text", "token-input", on_input(tokens_as_texts)),
        ("embeds unsupported token arrays as texts", "nested-token-input", on_input(arrays_as_texts)),
        ("embeds only the first text of an unsupported batch", "batch", on_input(first_item)),
        ("embeds all texts of an unsupported batch as one", "batch", on_input(joined)),
        (
            "truncates batches above the declared limit",
            f"batch={BATCH}",
            on_input(lambda items: items[:BATCH]),
        ),
        (
            "returns fewer dimensions above the declared limit",
            f"dimensions={NUMBERS}",
            lambda payload: {**payload, "dimensions": NUMBERS},
        ),
        (
            "truncates texts above the declared limit",
            f"input-tokens={TOKENS}",
            on_input(truncated(TOKENS)),
        ),
    )
    others = (
        (f"ignores unsupported {name}", name, without_property(next(iter(capability.example))))
        for name, capability in shipped_capabilities().items()
        if capability.needed_by is not None and name not in {limit for _, limit, _ in misinterpretations}
    )
    for name, limit, convert in (*misinterpretations, *others):
        declared = _declared(limit)
        fault = _misinterprets(contract, declared, convert)
        yield Mutant(name, _breaks(declared), fault, declared=declared)
    declared = _declared("dimensions")
    crash = crashes_on_invalid_payload(_needs_more(contract, declared))
    yield Mutant(
        "crashes on unsupported dimensions",
        _breaks(declared),
        crash,
        also=("state.running",),
        declared=declared,
    )
    ignores = _misinterprets(contract, declared, without_property("dimensions"))
    yield Mutant(
        "ignores unsupported dimensions with base64",
        _breaks(declared),
        only_for(is_base64, ignores),
        declared=declared,
    )


def _misinterprets(contract: Contract, declared: DeclaredCapabilities, convert: Convert) -> Fault:
    return changes_payload(_needs_more(contract, declared), convert)


def _needs_more(contract: Contract, declared: DeclaredCapabilities) -> Condition:
    """Whether a request is valid, and needs more than the server declares to support."""
    return lambda payload: declared.missing(payload) and not validate_request(payload, contract=contract)


def _declared(limit: str) -> DeclaredCapabilities:
    return DeclaredCapabilities.read((), [limit]) if "=" in limit else DeclaredCapabilities.read([limit])


def _breaks(declared: DeclaredCapabilities) -> str:
    (name,) = {*declared.unsupported, *declared.limits}
    return f"capability.{name}"
