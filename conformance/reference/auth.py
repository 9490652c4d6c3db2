"""Authentication: the contract's security requirements, applied to the credentials of this server."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from conformance.contract import Contract, Scheme, Security

from .errors import Rejection

REALM = "embeddings"


def default_credentials(contract: Contract) -> dict[str, str]:
    """A credential for each scheme of *contract*, by scheme name. They are fake, all different, and never change."""
    return {scheme.name: _default(scheme) for scheme in contract.security.schemes}


def _default(scheme: Scheme) -> str:
    if not scheme.secret and scheme.placeholder:
        return scheme.placeholder
    return f"fake-{scheme.label}-{hashlib.sha256(scheme.name.encode()).hexdigest()[:8]}"


def configured_credentials(contract: Contract, given: Mapping[str, str] | None) -> dict[str, str]:
    """The credentials *given* by scheme name, and the defaults for all other schemes.

    Raises ValueError for an unknown scheme, and for a credential that cannot be sent in a header.
    """
    given, defaults = given or {}, default_credentials(contract)
    for name, credential in given.items():
        if name not in defaults:
            close = get_close_matches(name, defaults, n=1)
            hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(defaults) or 'none'}"
            raise ValueError(f"the contract has no security scheme {name!r}; {hint}")
        if not credential.isprintable() or credential.strip() != credential or not credential:
            raise ValueError(
                f"the credential for {name} is empty, not printable, or has whitespace around it"
            )
    return defaults | dict(given)


@dataclass(frozen=True)
class Authenticator:
    """Checks the headers of a request against the contract's ``security``. Method, path and body have no effect."""

    security: Security
    credentials: Mapping[str, str] = field(repr=False)

    def authenticate(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Check *headers*, in ASGI's form. Raises Rejection with 401 if they satisfy no security alternative.

        A value that satisfies no scheme is ignored, so it does not invalidate a satisfied alternative.
        """
        values = _single_values(headers)
        valid = {s.name for s in self.security.schemes if self._is_valid(s, values.get(s.header.lower()))}
        if not self.security.accepts(valid):
            raise Rejection(
                401,
                f"The credentials are missing or invalid; send one of: {self._alternatives()}.",
                code="invalid_api_key",
                headers={"WWW-Authenticate": self._challenges()},
            )

    def _is_valid(self, scheme: Scheme, value: str | None) -> bool:
        credential = None if value is None else scheme.extract(value)
        if credential is None or not scheme.secret:
            return credential is not None and credential not in scheme.unusable
        expected = self.credentials[scheme.name].encode()
        return hmac.compare_digest(credential.encode("latin-1"), expected)

    def _alternatives(self) -> str:
        """The header names of each alternative, without values, which could be secrets."""
        return "; ".join(
            " + ".join(scheme.header for scheme in self.security.ordered(alternative))
            for alternative in self.security.alternatives
        )

    def _challenges(self) -> str:
        """One challenge for each scheme (RFC 9110, 11.6.1). ``ApiKey`` is not registered; no scheme for API keys is."""
        return ", ".join(_challenge(scheme) for scheme in self.security.schemes)


def _challenge(scheme: Scheme) -> str:
    if scheme.is_token:
        return f'{scheme.prefix.strip()} realm="{REALM}"'
    return f'ApiKey realm="{REALM}", header="{scheme.header}"'


def _single_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The value of each header. A header that is sent with different values counts as absent."""
    values: dict[str, set[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), set()).add(value.decode("latin-1").strip(" \t"))
    return {name: found.pop() for name, found in values.items() if len(found) == 1}
