"""The user's credentials, assigned to the contract's security schemes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.errors import ConfigurationError, UsageError
from conformance.secret import Secret

from .contract import DEFAULT_PROFILE, Contract
from .security import Scheme, Security
from .spec_files import profile_overlays

GivenHeaders = Sequence[tuple[str, Secret]]

WRONG = Secret("embeddings-conformance-wrong-credential")
PLACEHOLDER = "embeddings-conformance-placeholder"
"""Sent if a set of headers needs a credential that the user did not give; it gives no access."""

OTHER = "other-header"
"""The option with the credentials of another tenant."""

DISCOVER = (
    "To find the profile of a server, run: embeddings-conformance discover URL --header 'NAME: env:VARIABLE'"
)


class MissingCredentials(UsageError, ValueError):
    """The given *headers* do not satisfy any alternative of the contract. The message has several lines.

    *advice* says how to find the profile.
    """

    def __init__(self, contract: Contract, headers: GivenHeaders, advice: str = DISCOVER) -> None:
        self.given = tuple(name for name, _ in headers)
        super().__init__("\n".join(_explanation(contract, headers, advice)))

    @property
    def lines(self) -> Sequence[str]:
        """The problem, then each alternative on a line."""
        return self.message.split("\n")


@dataclass(frozen=True)
class Credentials:
    """Valid credentials by scheme name, and the other headers of every request."""

    security: Security
    given: Mapping[str, Secret]
    extra: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def sort(cls, contract: Contract, headers: Iterable[tuple[str, Secret]]) -> Credentials:
        """Separate *headers* into credentials of the contract's schemes and other headers.

        Raises MissingCredentials if they satisfy no alternative of the contract.
        """
        security, headers = contract.security, tuple(headers)
        if not are_sufficient(security, headers):
            raise MissingCredentials(contract, headers)
        given: dict[str, Secret] = {}
        extra: list[tuple[str, str]] = []
        for name, value in headers:
            scheme = _scheme_of(security, name, value)
            if scheme is None:
                extra.append((name, value))
            else:
                given[scheme.name] = value.without_prefix(scheme.prefix)
        return cls(security, given, tuple(extra))

    @classmethod
    def of_other_tenant(cls, contract: Contract, own: GivenHeaders, other: GivenHeaders) -> Credentials:
        """The credentials in the headers *other*, and the *own* headers without secrets that it does not have.

        Raises ConfigurationError if they are incomplete, or those of the same tenant.
        """
        security, names = contract.security, {name.lower() for name, _ in other}
        secrets = [(name, value) for name, value in own if _is_secret(security, name, value)]
        kept = [one for one in own if one not in secrets and one[0].lower() not in names]
        try:
            made, mine = cls.sort(contract, [*kept, *other]), cls.sort(contract, own)
        except MissingCredentials:
            needed = ", ".join(name for name, _ in secrets) or "none; the contract has no secret credentials"
            problem = (
                f"the credentials are incomplete; give the same headers as in the option header ({needed})"
            )
            raise ConfigurationError(OTHER, problem) from None
        if all(made.given[scheme.name] == mine.given.get(scheme.name) for scheme in made.secrets):
            problem = "has the same credentials as the option header; give those of another tenant"
            raise ConfigurationError(OTHER, problem)
        return made

    @property
    def alternative(self) -> frozenset[str]:
        """The alternative that requests use: the first one that the given credentials satisfy, or a larger one.

        A user who gives more credentials than the first alternative needs means the larger one.
        """
        first, *others = [a for a in self.security.alternatives if a <= self.given.keys()]
        return next((other for other in others if first < other), first)

    @property
    def secrets(self) -> tuple[Scheme, ...]:
        """The schemes of the given credentials that are secret."""
        return tuple(
            scheme for scheme in self.security.schemes if scheme.secret and scheme.name in self.given
        )

    @property
    def public(self) -> frozenset[str]:
        """The given values of schemes that are not secret."""
        return frozenset(
            str(self.given[scheme.name])
            for scheme in self.security.schemes
            if not scheme.secret and scheme.name in self.given
        )

    def headers(
        self, names: Collection[str], replaced: Mapping[str, Secret] | None = None
    ) -> tuple[tuple[str, str], ...]:
        """The headers for the schemes *names*: the value in *replaced*, else the given one, else a placeholder."""
        values = {**self.given, **(replaced or {})}
        return self.extra + tuple(
            (scheme.header, self._value(scheme, values)) for scheme in self.security.ordered(names)
        )

    def _value(self, scheme: Scheme, values: Mapping[str, Secret]) -> str:
        value = values.get(scheme.name)
        if value is None:
            return Secret(scheme.placeholder or PLACEHOLDER).with_prefix(scheme.prefix)
        return value.with_prefix(scheme.prefix)


def are_sufficient(security: Security, headers: GivenHeaders) -> bool:
    """Whether *headers* satisfy an alternative of *security*."""
    schemes = (_scheme_of(security, name, value) for name, value in headers)
    return security.accepts([scheme.name for scheme in schemes if scheme is not None])


def _explanation(contract: Contract, headers: GivenHeaders, advice: str) -> Iterator[str]:
    """The message of MissingCredentials. It has no values of headers."""
    given = ", ".join(name for name, _ in headers) or "none"
    other = "other " if headers else ""
    has_profiles = contract.is_vendored or contract.profile != DEFAULT_PROFILE
    named = f"the profile {contract.profile}" if has_profiles else f"the contract {contract.file.name}"
    sentences = [f"{named} needs {other}credentials (given: {given})."]
    sentences += _missing_schemes(contract.security, headers)
    if headers and (fitting := _fitting_profiles(contract, headers)):
        sentences.append(f"For these, use the profile {' or '.join(fitting)}.")
    sentences += [advice] if has_profiles else []
    yield " ".join(sentences)
    yield f"{named[0].upper()}{named[1:]} needs:"
    for place, alternative in enumerate(contract.security.alternatives):
        schemes = contract.security.ordered(alternative)
        listed = " and ".join(f"'{s.header}: {s.prefix}...'" if s.prefix else s.header for s in schemes)
        yield f"  {'or ' if place else ''}{listed}"
    yield "Give each with --header 'NAME: env:VARIABLE' (pytest: --target-header)."


def _missing_schemes(security: Security, headers: GivenHeaders) -> Iterator[str]:
    """A sentence for each header whose value does not begin with the name of its authentication scheme."""
    for name, value in headers:
        for scheme in security.schemes:
            if scheme.header.lower() == name.lower() and scheme.extract(value) is None:
                yield f"Write {scheme.header} with its scheme: '{scheme.header}: {scheme.prefix}...'."


def _fitting_profiles(contract: Contract, headers: GivenHeaders) -> list[str]:
    """The included profiles that need exactly such credentials; none for another document than the included one."""
    if not contract.is_vendored:
        return []
    security = {name: Contract.load(profile=name).security for name in profile_overlays()}
    return [
        name
        for name, needed in security.items()
        if not needed.accepts(()) and are_sufficient(needed, headers)
    ]


def _is_secret(security: Security, name: str, value: str) -> bool:
    scheme = _scheme_of(security, name, value)
    return scheme is not None and scheme.secret


def _scheme_of(security: Security, name: str, value: str) -> Scheme | None:
    for scheme in security.schemes:
        if scheme.header.lower() == name.lower() and scheme.extract(value) is not None:
            return scheme
    return None
