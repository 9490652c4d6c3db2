"""Who may come in: the contract's security algebra over the credentials of this server."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from conformance.contract import Contract, Scheme, Security

from .errors import Refusal

REALM = "embeddings"


def default_credentials(contract: Contract) -> dict[str, str]:
    """A credential for each scheme of *contract*, by its name: always the same, all different and fake."""
    return {scheme.name: _default(scheme) for scheme in contract.security.schemes}


def _default(scheme: Scheme) -> str:
    if not scheme.secret and scheme.placeholder:
        return scheme.placeholder
    return f"fake-{scheme.label}-{hashlib.sha256(scheme.name.encode()).hexdigest()[:8]}"


def configured_credentials(contract: Contract, given: Mapping[str, str] | None) -> dict[str, str]:
    """*given* by scheme name, with the defaults for the schemes that it leaves out.

    Raises ValueError for a scheme that *contract* does not have, and for a credential that no header can
    carry.
    """
    given, defaults = given or {}, default_credentials(contract)
    for name, credential in given.items():
        if name not in defaults:
            close = get_close_matches(name, defaults, n=1, cutoff=0)
            raise ValueError(
                f"the contract has no security scheme {name!r}; did you mean {', '.join(close) or 'none'}?"
            )
        if not credential.isprintable() or credential.strip() != credential or not credential:
            raise ValueError(
                f"the credential for {name} must be printable, not empty, and without blanks around it"
            )
    return defaults | dict(given)


@dataclass(frozen=True)
class Doorkeeper:
    """Judges the headers of a request by the contract's ``security`` alone: never by method, path or body."""

    security: Security
    credentials: Mapping[str, str] = field(repr=False)

    def admit(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Let a request with *headers* (as ASGI gives them) pass, or raise a Refusal with 401.

        What satisfies no scheme counts for nothing, and harms nothing beside a satisfied alternative.
        """
        values = _single_values(headers)
        valid = {s.name for s in self.security.schemes if self._is_valid(s, values.get(s.header.lower()))}
        if not self.security.accepts(valid):
            raise Refusal(
                401,
                f"No accepted set of credentials was given; send one of: {self._alternatives()}.",
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
        """The header names of each alternative: no value, so no secret."""
        return "; ".join(
            " + ".join(scheme.header for scheme in self.security.ordered(alternative))
            for alternative in self.security.alternatives
        )

    def _challenges(self) -> str:
        """A challenge per scheme (RFC 9110, 11.6.1). ``ApiKey`` is not registered; API keys have no other."""
        return ", ".join(_challenge(scheme) for scheme in self.security.schemes)


def _challenge(scheme: Scheme) -> str:
    if scheme.prefix:
        return f'{scheme.prefix.strip()} realm="{REALM}"'
    return f'ApiKey realm="{REALM}", header="{scheme.header}"'


def _single_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The value of each header; one that was sent with different values counts as not sent."""
    values: dict[str, set[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), set()).add(value.decode("latin-1").strip(" \t"))
    return {name: found.pop() for name, found in values.items() if len(found) == 1}
