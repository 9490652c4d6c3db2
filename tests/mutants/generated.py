"""Mutants whose faults need several things to come together, so that only generated requests meet them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.contract import Contract
from conformance.reference import default_credentials
from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.embedding import inputs
from tests.mutants.mutant import Mutant, Payload, Test, accepts, accepts_bodies, refuses, replies


def generated_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area property."""
    yield from _valid()
    yield from _broken(contract)
    yield from _foreign(contract)
    yield from _credentials(contract)


def _valid() -> Iterator[Mutant]:
    valid = "property.valid"
    faults: dict[str, Test] = {
        "digits beside a user": lambda p: "user" in p and any(c.isdigit() for t in _texts(p) for c in t),
        "equal items beside a user": lambda p: "user" in p and _repeats(inputs(p["input"])),
    }
    for what, on in faults.items():
        yield Mutant(f"refuses {what}", valid, _refusing(on, 400))
        yield Mutant(f"crashes on {what}", valid, _refusing(on, 500))
    dimensions_first = _refusing(lambda p: next(iter(p)) == "dimensions", 500)
    yield Mutant("crashes on dimensions before anything else", valid, dimensions_first)


def _broken(contract: Contract) -> Iterator[Mutant]:
    broken, known = "property.invalid", contract.request.properties.keys()
    yield Mutant(
        "drops unknown properties that are not text",
        broken,
        accepts(
            lambda p: any(k not in known and not isinstance(v, str) for k, v in p.items()),
            lambda p: {k: v for k, v in p.items() if k in known},
        ),
    )
    yield Mutant(
        "takes what has something in it for a model",
        broken,
        accepts(
            lambda p: isinstance(p.get("model"), list | dict) and p["model"],
            lambda p: {**p, "model": contract.example_model},
        ),
    )


def _foreign(contract: Contract) -> Iterator[Mutant]:
    plain = b'{"input":"river","model":"%s"}' % (contract.example_model or "").encode()
    yield Mutant(
        "crashes on control characters in a user",
        "property.schemathesis",
        refuses(lambda p: isinstance(p.get("user"), str) and any(c < " " for c in p["user"]), 500),
    )
    yield Mutant(
        "takes a few bytes that are no text for an example",
        "property.schemathesis",
        accepts_bodies(lambda b: len(b) < 12 and b[:1] > b"\x7f", lambda b: plain),
    )


def _credentials(contract: Contract) -> Iterator[Mutant]:
    credentials, door = "property.credentials", _Door(contract)
    yield Mutant("lets two wrong credentials in", credentials, door.opened(lambda wrong, empty: wrong > 1))
    yield Mutant(
        "lets a wrong credential in beside an empty one",
        credentials,
        door.opened(lambda wrong, empty: wrong == 1 and empty == 1),
    )
    yield Mutant("lets two empty credentials in", credentials, door.opened(lambda wrong, empty: empty == 2))


def _refusing(right: Test, status: int) -> Fault:
    """Does not want some payloads that are right, all things considered."""
    return replies(
        lambda call, answer: answer.status == 200 and right(call.payload()), lambda _: error(status)
    )


def _repeats(items: list[Any]) -> bool:
    return any(item in items[:place] for place, item in enumerate(items))


def _texts(payload: Payload) -> list[str]:
    return [item for item in inputs(payload["input"]) if isinstance(item, str)]


class _Door:
    """The correct door, which some numbers of wrong and of empty secrets open as well."""

    def __init__(self, contract: Contract) -> None:
        self._valid = default_credentials(contract)
        self._schemes = contract.security.schemes

    def opened(self, to: Callable[[int, int], bool]) -> Fault:
        async def serve(call: Call, correct: Serve) -> Reply:
            given = {
                s: value for s in self._schemes if s.secret and (value := call.header(s.header)) is not None
            }
            empty = [s for s, value in given.items() if value.strip() == s.prefix.strip()]
            wrong = [s for s, value in given.items() if s not in empty and self._valid[s.name] not in value]
            return await correct(self._admitted(call) if to(len(wrong), len(empty)) else call)

        return serve

    def _admitted(self, call: Call) -> Call:
        for scheme in self._schemes:
            call = call.with_header(*scheme.render(self._valid[scheme.name]))
        return call
