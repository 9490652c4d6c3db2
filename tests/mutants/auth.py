"""Mutants that let strangers in, or keep friends out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from conformance.contract import Contract, Scheme
from conformance.reference import default_credentials
from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.mutant import Crash, Mutant, instead

Sets = Callable[[frozenset[str]], bool]
"""A condition on the set of schemes whose headers a call has."""


def auth_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area auth, for the reference's default credentials."""
    door = _Door(contract, default_credentials(contract))
    yield from _closed(contract, door)
    yield from _open(contract, door)
    yield from _careless(contract, door)
    status, challenge = "auth.rejection.status", "auth.rejection.challenge"
    for code in (400, 404, 422):
        yield Mutant(f"answers strangers with {code}", status, instead(401, code))
    yield Mutant("does not say how to come in", challenge, _without_challenge)


def _closed(contract: Contract, door: _Door) -> Iterator[Mutant]:
    """Doors that stay shut: for one alternative, or for more credentials than are needed."""
    security = contract.security
    for names in security.alternatives:
        requirement = f"auth.accept.{security.label_accepted(names)}"
        yield Mutant(f"knows nothing of {_listed(names)}", requirement, door.shut(names.__eq__))
        yield Mutant(f"crashes on {_listed(names)}", requirement, door.crashing(names.__eq__))
    everything = frozenset(scheme.name for scheme in security.schemes)
    conditions: Mapping[str, Sets] = {
        "all credentials at once": everything.__eq__,
        "two alternatives at once": lambda given: sum(a <= given for a in security.minimal_accepted()) > 1,
        "more than needed": lambda given: security.accepts(given) and given not in security.alternatives,
    }
    for description, condition in conditions.items():
        yield Mutant(f"refuses {description}", "auth.extra-credentials", door.shut(condition))


def _open(contract: Contract, door: _Door) -> Iterator[Mutant]:
    """Doors that any refused set opens, which is sent by itself."""
    security = contract.security
    for names in security.subsets():
        if not security.accepts(names):
            largest = next(m for m in security.maximal_rejected() if names <= m)
            requirement = f"auth.reject.{security.label_rejected(largest)}"
            yield Mutant(f"lets {_listed(names)} in", requirement, door.opened(names.__eq__))
    for names in security.maximal_rejected():
        requirement = f"auth.reject.{security.label_rejected(names)}"
        yield Mutant(f"crashes on {_listed(names)}", requirement, door.crashing(names.__eq__))
    yield from _half_open(contract, door)


def _half_open(contract: Contract, door: _Door) -> Iterator[Mutant]:
    """Doors that any value of one header opens."""
    security = contract.security
    for scheme in security.schemes:
        name = scheme.name
        largest = next(m for m in security.maximal_rejected() if name in m)
        yield Mutant(
            f"looks at {scheme.header} alone, and whether it is there",
            f"auth.reject.{security.label_rejected(largest)}",
            door.opened(_has(name)),
            also=("auth.secret.*",),
        )


def _careless(contract: Contract, door: _Door) -> Iterator[Mutant]:
    """Doors that look at a credential, and not well."""
    tests: Mapping[str, Callable[[str, str], bool]] = {
        "wrong": lambda given, valid: bool(given) and given[:3] != valid[:3],
        "empty": lambda given, valid: not given,
        "last-character-removed": lambda given, valid: bool(given) and valid.startswith(given),
        "character-appended": lambda given, valid: given.startswith(valid),
        "case-changed": lambda given, valid: given.lower() == valid.lower(),
    }
    for scheme in contract.security.schemes:
        if not scheme.secret:
            continue
        for kind, test in tests.items():
            requirement = f"auth.secret.{scheme.label}.{kind}"
            yield Mutant(
                f"takes a credential for {scheme.name} that is {kind}",
                requirement,
                door.mistaking(scheme, test),
            )


@dataclass(frozen=True)
class _Door:
    """The correct door, whose credentials a mutant may put into a request or take out of it."""

    contract: Contract
    credentials: Mapping[str, str]

    def opened(self, to: Sets) -> Fault:
        """Lets the sets of credentials in that fulfil a condition."""

        async def serve(call: Call, correct: Serve) -> Reply:
            return await correct(self._with(call, self.credentials) if to(self._given(call)) else call)

        return serve

    def shut(self, to: Sets) -> Fault:
        """Keeps the sets of credentials out that fulfil a condition."""

        async def serve(call: Call, correct: Serve) -> Reply:
            if not to(self._given(call)):
                return await correct(call)
            return error(401).with_header("www-authenticate", "Bearer")

        return serve

    def crashing(self, on: Sets) -> Fault:
        """Crashes on the sets of credentials that fulfil a condition."""

        async def serve(call: Call, correct: Serve) -> Reply:
            if on(self._given(call)):
                raise Crash
            return await correct(call)

        return serve

    def mistaking(self, scheme: Scheme, test: Callable[[str, str], bool]) -> Fault:
        """Takes a credential for the valid one where *test*, given both, says so."""
        valid = self.credentials[scheme.name]

        async def serve(call: Call, correct: Serve) -> Reply:
            value = call.header(scheme.header)
            if value is not None and test(value.removeprefix(scheme.prefix.strip()).strip(), valid):
                call = self._with(call, {scheme.name: valid})
            return await correct(call)

        return serve

    def _given(self, call: Call) -> frozenset[str]:
        """The schemes whose header a call has, valid or not."""
        return frozenset(s.name for s in self.contract.security.schemes if call.header(s.header) is not None)

    def _with(self, call: Call, credentials: Mapping[str, str]) -> Call:
        for name, credential in credentials.items():
            call = call.with_header(*self.contract.security[name].render(credential))
        return call


async def _without_challenge(call: Call, correct: Serve) -> Reply:
    return (await correct(call)).with_header("www-authenticate", None)


def _has(name: str) -> Sets:
    return lambda given: name in given


def _listed(names: Collection[str]) -> str:
    return " and ".join(sorted(names)) or "nobody"
