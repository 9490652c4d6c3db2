"""Mutants that accept badly presented credentials, or reject correctly presented ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.contract import Contract, Scheme
from tests.faulty_servers.credentials import Authentication
from tests.faulty_servers.faults import crashes, responds
from tests.faulty_servers.messages import Request, error
from tests.mutants.mutant import Mutant


def presentation_mutants(contract: Contract) -> Iterator[Mutant]:
    """The mutants of area auth that are about the form of credentials in headers."""
    auth = Authentication(contract)
    yield from _secrets(auth)
    yield from _scheme_names(auth)


def _secrets(auth: Authentication) -> Iterator[Mutant]:
    for scheme in auth.secret_schemes:
        yield Mutant(
            f"accepts the end of the credential for {scheme.name}",
            f"auth.secret.{scheme.label}.first-character-removed",
            auth.accepts_as_valid(scheme, partial(_is_end, scheme=scheme, valid=auth.valid[scheme.name])),
        )
        yield Mutant(
            f"crashes on two {scheme.header} headers",
            f"auth.duplicate-header.{scheme.label}",
            crashes(partial(_repeats, name=scheme.header)),
        )
    for scheme in auth.schemes:
        for value in scheme.unusable:
            is_sent = partial(_has, header=scheme.render(value))
            requirement = f"auth.secret.{scheme.label}.unusable"
            yield Mutant(f"crashes on {scheme.header}: {value}", requirement, crashes(is_sent))
            yield Mutant(f"accepts {scheme.header}: {value}", requirement, auth.accepts(is_sent))
    first = auth.secret_schemes[0]
    yield Mutant(
        "crashes on a repeated credential header",
        f"auth.duplicate-header.{first.label}",
        crashes(lambda r: any(_repeats(r, scheme.header) for scheme in auth.secret_schemes)),
    )
    yield Mutant(
        f"returns 503 for two {first.header} headers",
        f"auth.duplicate-header.{first.label}",
        responds(partial(_repeats, name=first.header), error(503)),
    )


def _scheme_names(auth: Authentication) -> Iterator[Mutant]:
    bearer: Scheme = next(scheme for scheme in auth.schemes if scheme.prefix)
    token = auth.valid[bearer.name]

    def value(request: Request) -> str:
        return request.header(bearer.header) or ""

    yield Mutant(
        "accepts the token with the scheme Basic",
        "auth.scheme.other",
        auth.accepts_as_valid(bearer, lambda r: value(r) == f"Basic {token}"),
    )
    yield Mutant(
        "accepts the token without a scheme",
        "auth.scheme.missing",
        auth.accepts_as_valid(bearer, lambda r: value(r) == token),
    )
    yield Mutant(
        "accepts the token with any scheme",
        "auth.scheme.other",
        auth.accepts_as_valid(bearer, lambda r: value(r).rpartition(" ")[2] == token),
    )
    yield Mutant(
        "rejects the scheme in lowercase",
        "auth.scheme.case",
        auth.rejects(lambda r: value(r).startswith("bearer")),
    )
    yield Mutant(
        "crashes on the scheme in lowercase",
        "auth.scheme.case",
        crashes(lambda r: value(r).startswith("bearer")),
    )
    placeholder = "auth.placeholder-authorization"
    yield Mutant(
        "rejects a placeholder in Authorization",
        placeholder,
        auth.rejects(lambda r: "API_KEY" in value(r)),
    )
    yield Mutant(
        "rejects every invalid Authorization",
        placeholder,
        auth.rejects(lambda r: value(r) not in ("", f"Bearer {token}", f"bearer {token}")),
    )


def _is_end(request: Request, scheme: Scheme, valid: str) -> bool:
    value = request.header(scheme.header) or ""
    given = value.removeprefix(scheme.prefix)
    return value.startswith(scheme.prefix) and bool(given) and valid.endswith(given)


def _repeats(request: Request, name: str) -> bool:
    return sum(key.lower() == name.lower().encode() for key, _ in request.headers) > 1


def _has(request: Request, header: tuple[str, str]) -> bool:
    name, value = header
    return request.header(name) == value
