"""Servers that claim less than everything, and then take what they do not claim for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.contract import Contract, DeclaredCapabilities
from conformance.validation import validate_request
from tests.mutants.asgi import Fault
from tests.mutants.mutant import Mutant, Payload, Test, accepts, crashes_on_payloads, only

BATCH, NUMBERS, TOKENS = 16, 24, 150
"""The most texts of a request, numbers of a vector and tokens of a text, of servers with such limits."""

Read = Callable[[Payload], Payload]
"""What a server makes of a request that takes more than it claims."""


def capability_mutants(contract: Contract) -> Iterator[Mutant]:
    """For each capability, servers that do not claim it and take a request with it for another."""
    yield _misreads(contract, "ignores dimensions", "dimensions", _without("dimensions"))
    yield _misreads(contract, "ignores base64", "base64", _without("encoding_format"))
    yield _misreads(
        contract, "embeds the first token alone", "token-input", _input(lambda tokens: str(tokens[0]))
    )
    yield _misreads(
        contract, "embeds tokens as texts", "token-input", _input(lambda tokens: list(map(str, tokens)))
    )
    yield _misreads(contract, "embeds token arrays as texts", "nested-token-input", _input(_written))
    yield _misreads(contract, "embeds the first text alone", "batch", _input(lambda texts: texts[0]))
    yield _misreads(contract, "joins texts", "batch", _input(_joined))
    yield _misreads(contract, "cuts batches", f"batch={BATCH}", _input(lambda texts: texts[:BATCH]))
    yield _misreads(
        contract, "clamps dimensions", f"dimensions={NUMBERS}", lambda p: {**p, "dimensions": NUMBERS}
    )
    yield _misreads(contract, "cuts texts", f"input-tokens={TOKENS}", _input(_cut))
    claims = _claims("dimensions")
    crash = crashes_on_payloads(_takes_more(contract, claims))
    yield Mutant("crashes on dimensions, not claiming them", _breaks(claims), crash, claims=claims)
    beside = only(
        lambda payload: payload.get("encoding_format") == "base64",
        _misread(contract, claims, _without("dimensions")),
    )
    yield Mutant(
        "ignores dimensions beside base64, not claiming them", _breaks(claims), beside, claims=claims
    )


def _misreads(contract: Contract, does: str, declared: str, read: Read) -> Mutant:
    claims = _claims(declared)
    return Mutant(
        f"{does}, claiming none beyond", _breaks(claims), _misread(contract, claims, read), claims=claims
    )


def _misread(contract: Contract, claims: DeclaredCapabilities, read: Read) -> Fault:
    return accepts(_takes_more(contract, claims), read)


def _takes_more(contract: Contract, claims: DeclaredCapabilities) -> Test:
    """Whether a request is valid, and takes more than *claims*."""
    return lambda payload: claims.lacking(payload) and not validate_request(payload, contract=contract)


def _claims(declared: str) -> DeclaredCapabilities:
    return (
        DeclaredCapabilities.read((), [declared])
        if "=" in declared
        else DeclaredCapabilities.read([declared])
    )


def _breaks(claims: DeclaredCapabilities) -> str:
    (name,) = {*claims.unsupported, *claims.limits}
    return f"capability.{name}"


def _without(name: str) -> Read:
    return lambda payload: {key: value for key, value in payload.items() if key != name}


def _input(change: Callable[[Any], Any]) -> Read:
    return lambda payload: {**payload, "input": change(payload["input"])}


def _joined(items: list[Any]) -> Any:
    return " ".join(items) if isinstance(items[0], str) else [id for tokens in items for id in tokens]


def _written(arrays: list[list[int]]) -> list[str]:
    return [" ".join(map(str, tokens)) for tokens in arrays]


def _cut(value: Any) -> Any:
    """*value* with the beginning of every text in it that is too long."""
    if isinstance(value, str):
        return " ".join(value.split()[:TOKENS])
    return value[:TOKENS] if isinstance(value[0], int) else list(map(_cut, value))
