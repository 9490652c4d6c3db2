"""Mutants that accept invalid sets of credentials, or reject valid ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from conformance.contract import Contract, Scheme
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.faults import changes_response, changes_status, crashes
from tests.faulty_servers.messages import Request
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant

SetCondition = Callable[[frozenset[str]], bool]
"""A condition on the names of the schemes whose headers a request has."""


def credential_set_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area auth that are about sets of credentials and single secrets."""
    auth = Authentication(contract)
    yield from _reject_valid_sets(auth)
    yield from _accept_invalid_sets(auth)
    yield from _accept_invalid_secrets(auth)
    status, challenge = "auth.rejection.status", "auth.rejection.challenge"
    for code in (400, 404, 422):
        yield Mutant(f"returns {code} for missing credentials", status, changes_status(401, code))
    yield Mutant("returns 401 without WWW-Authenticate", challenge, _without_challenge())


def _reject_valid_sets(auth: Authentication) -> Iterator[Mutant]:
    security = auth.security
    for names in security.alternatives:
        requirement = f"auth.accept.{security.label_accepted(names)}"
        yield Mutant(f"rejects {_listed(names)}", requirement, auth.rejects(_has_set(auth, names.__eq__)))
        yield Mutant(f"crashes on {_listed(names)}", requirement, crashes(_has_set(auth, names.__eq__)))
    every_scheme = frozenset(scheme.name for scheme in security.schemes)
    conditions: Mapping[str, SetCondition] = {
        "requests with all credentials": every_scheme.__eq__,
        "requests with two alternatives": lambda given: (
            sum(a <= given for a in security.minimal_accepted()) > 1
        ),
        "requests with additional credentials": lambda given: (
            security.accepts(given) and given not in security.alternatives
        ),
    }
    for description, condition in conditions.items():
        fault = auth.rejects(_has_set(auth, condition))
        yield Mutant(f"rejects {description}", "auth.extra-credentials", fault)


def _accept_invalid_sets(auth: Authentication) -> Iterator[Mutant]:
    security = auth.security
    for names in security.subsets():
        if not security.accepts(names):
            largest = next(m for m in security.maximal_rejected() if names <= m)
            requirement = f"auth.reject.{security.label_rejected(largest)}"
            fault = auth.accepts(_has_set(auth, names.__eq__))
            yield Mutant(_accepts_only(names), requirement, fault)
    for names in security.maximal_rejected():
        requirement = f"auth.reject.{security.label_rejected(names)}"
        yield Mutant(f"crashes on {_listed(names)}", requirement, crashes(_has_set(auth, names.__eq__)))
    for scheme in security.schemes:
        largest = next(m for m in security.maximal_rejected() if scheme.name in m)
        yield Mutant(
            f"accepts all requests with {scheme.header}",
            f"auth.reject.{security.label_rejected(largest)}",
            auth.accepts(_has_set(auth, partial(_contains, name=scheme.name))),
            also=("auth.secret.*",),
        )


def _accept_invalid_secrets(auth: Authentication) -> Iterator[Mutant]:
    kinds: Mapping[str, tuple[str, Callable[[str, str], bool]]] = {
        "wrong": ("a wrong credential for {}", lambda given, valid: bool(given) and given[:3] != valid[:3]),
        "empty": ("an empty credential for {}", lambda given, valid: not given),
        "last-character-removed": (
            "the beginning of the credential for {}",
            lambda given, valid: bool(given) and valid.startswith(given),
        ),
        "character-appended": (
            "the credential for {} with characters appended",
            lambda given, valid: given.startswith(valid),
        ),
        "case-changed": (
            "the credential for {} in any case",
            lambda given, valid: given.lower() == valid.lower(),
        ),
    }
    for scheme in auth.secret_schemes:
        for kind, (description, condition) in kinds.items():
            requirement = f"auth.secret.{scheme.label}.{kind}"
            fault = auth.accepts_as_valid(scheme, _has_secret(auth, scheme, condition))
            yield Mutant(f"accepts {description.format(scheme.name)}", requirement, fault)
        others = {value for name, value in auth.valid.items() if name != scheme.name}
        of_another = _has_secret(auth, scheme, partial(_is_one_of, others))
        requirement = f"auth.secret.{scheme.label}.of-another"
        fault = auth.accepts_as_valid(scheme, of_another)
        yield Mutant(f"accepts any valid credential as {scheme.name}", requirement, fault)


def _is_one_of(others: Collection[str], given: str, _: str) -> bool:
    return given in others


def _has_set(auth: Authentication, condition: SetCondition) -> Callable[[Request], bool]:
    return lambda request: condition(auth.given(request))


def _contains(given: frozenset[str], name: str) -> bool:
    return name in given


def _has_secret(
    auth: Authentication, scheme: Scheme, condition: Callable[[str, str], bool]
) -> Callable[[Request], bool]:
    """Whether a request has a credential for *scheme* that meets *condition*, which also gets the valid one."""
    valid = auth.valid[scheme.name]

    def meets(request: Request) -> bool:
        value = request.header(scheme.header)
        return value is not None and condition(value.removeprefix(scheme.prefix.strip()).strip(), valid)

    return meets


def _without_challenge() -> Fault:
    return changes_response(
        lambda request, response: True, lambda response: response.with_header("www-authenticate", None)
    )


def _accepts_only(names: Collection[str]) -> str:
    return f"accepts requests with only {_listed(names)}" if names else "accepts anonymous requests"


def _listed(names: Collection[str]) -> str:
    *others, last = sorted(names)
    return f"{', '.join(others)} and {last}" if others else last
