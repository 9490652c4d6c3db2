"""Mutants whose faults need a combination of conditions, so that only generated requests find them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.contract import Contract
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.embeddings import inputs
from tests.faulty_servers.faults import Condition, changes_body, changes_payload, rejects, rejects_valid
from tests.faulty_servers.messages import Payload, Request
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant


def property_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area property."""
    yield from _valid()
    yield from _invalid(contract)
    yield from _schemathesis(contract)
    yield from _credentials(contract)


def _valid() -> Iterator[Mutant]:
    valid = "property.valid"
    conditions: dict[str, Condition] = {
        "digits in requests with a user": lambda p: (
            "user" in p and any(c.isdigit() for t in _texts(p) for c in t)
        ),
        "equal items in requests with a user": lambda p: "user" in p and _has_equal(inputs(p["input"])),
    }
    for description, condition in conditions.items():
        yield Mutant(f"rejects {description}", valid, rejects_valid(condition, 400))
        yield Mutant(f"crashes on {description}", valid, rejects_valid(condition, 500))
    dimensions_first = rejects_valid(lambda p: next(iter(p)) == "dimensions", 500)
    yield Mutant("crashes on dimensions as the first property", valid, dimensions_first)


def _invalid(contract: Contract) -> Iterator[Mutant]:
    invalid, known = "property.invalid", contract.request.properties.keys()
    yield Mutant(
        "ignores unknown properties that are not strings",
        invalid,
        changes_payload(
            lambda p: any(k not in known and not isinstance(v, str) for k, v in p.items()),
            lambda p: {k: v for k, v in p.items() if k in known},
        ),
    )
    yield Mutant(
        "treats a non-empty array or object as the default model",
        invalid,
        changes_payload(
            lambda p: isinstance(p.get("model"), list | dict) and p["model"],
            lambda p: {**p, "model": contract.example_model},
        ),
    )


def _schemathesis(contract: Contract) -> Iterator[Mutant]:
    plain = b'{"input":"river","model":"%s"}' % (contract.example_model or "").encode()
    yield Mutant(
        "crashes on control characters in the user",
        "property.schemathesis",
        rejects(lambda p: isinstance(p.get("user"), str) and any(c < " " for c in p["user"]), 500),
    )
    yield Mutant(
        "treats a few bytes of binary data as an example request",
        "property.schemathesis",
        changes_body(lambda b: len(b) < 12 and b[:1] > b"\x7f", lambda b: plain),
    )


def _credentials(contract: Contract) -> Iterator[Mutant]:
    credentials, auth = "property.credentials", Authentication(contract)
    conditions: dict[str, Callable[[int, int], bool]] = {
        "two wrong credentials": lambda wrong, empty: wrong > 1,
        "a wrong credential and an empty one": lambda wrong, empty: wrong == 1 and empty == 1,
        "two empty credentials": lambda wrong, empty: empty == 2,
    }
    for description, condition in conditions.items():
        yield Mutant(f"accepts {description}", credentials, _accepts_secrets(auth, condition))


def _accepts_secrets(auth: Authentication, condition: Callable[[int, int], bool]) -> Fault:
    """A server that accepts requests with some numbers of wrong and of empty secrets."""

    def meets(request: Request) -> bool:
        given = {s: v for s in auth.secret_schemes if (v := request.header(s.header)) is not None}
        empty = [s for s, value in given.items() if value.strip() == s.prefix.strip()]
        wrong = [s for s, value in given.items() if s not in empty and auth.valid[s.name] not in value]
        return condition(len(wrong), len(empty))

    return auth.accepts(meets)


def _has_equal(items: list[Any]) -> bool:
    return any(item in items[:index] for index, item in enumerate(items))


def _texts(payload: Payload) -> list[str]:
    return [item for item in inputs(payload["input"]) if isinstance(item, str)]
