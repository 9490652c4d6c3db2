"""The user's credentials, assigned to the contract's security schemes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from conformance.errors import UsageError
from conformance.secret import Secret

from .security import Scheme, Security
from .spec_files import profile_overlays

WRONG = Secret("embeddings-conformance-wrong-credential")
PLACEHOLDER = "embeddings-conformance-placeholder"
"""Sent if a set of headers needs a credential that the user did not give; it gives no access."""


class MissingCredentials(UsageError, ValueError):
    """The given headers do not satisfy any alternative of the contract."""

    def __init__(self, security: Security, given: Collection[str]) -> None:
        self.given = tuple(given)
        self.alternatives = tuple(tuple(s.header for s in security.ordered(a)) for a in security.alternatives)
        listed = "; or ".join(
            " and ".join(
                f"'{s.header}: {s.prefix}...'" if s.prefix else s.header for s in security.ordered(a)
            )
            for a in security.alternatives
        )
        super().__init__(
            f"the contract requires credentials: {listed} (given: {', '.join(given) or 'none'}). Add them as headers,"
            f" or choose another profile: {', '.join(profile_overlays())}. The command discover finds the profile."
        )


@dataclass(frozen=True)
class Credentials:
    """Valid credentials by scheme name, and the other headers of every request."""

    security: Security
    given: Mapping[str, Secret]
    extra: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def sort(cls, security: Security, headers: Iterable[tuple[str, Secret]]) -> Credentials:
        """Separate *headers* into credentials of the contract's schemes and other headers.

        Raises MissingCredentials if they satisfy no alternative of the contract.
        """
        given: dict[str, Secret] = {}
        extra: list[tuple[str, str]] = []
        for name, value in headers:
            scheme = _scheme_of(security, name, value)
            if scheme is None:
                extra.append((name, value))
            else:
                given[scheme.name] = value.without_prefix(scheme.prefix)
        credentials = cls(security, given, tuple(extra))
        if not security.accepts(given):
            raise MissingCredentials(security, [security[name].header for name in given])
        return credentials

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


def _scheme_of(security: Security, name: str, value: str) -> Scheme | None:
    for scheme in security.schemes:
        if scheme.header.lower() == name.lower() and scheme.extract(value) is not None:
            return scheme
    return None
