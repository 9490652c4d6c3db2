"""Authentication: the contract's security requirements, applied to the credentials of this server."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from conformance.contract import Contract, Scheme, Security

from .errors import Rejection

REALM = "embeddings"

MISSING, WRONG = "missing_api_key", "invalid_api_key"
"""The codes of errors without and with a credential in the request."""


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
            sent = [s for s in self.security.schemes if s.name not in valid and s.header.lower() in values]
            problem, code = _problem(sent, values)
            raise Rejection(
                401,
                f"{problem}{self._advice(sent)}.",
                code=code,
                headers={"WWW-Authenticate": self._challenges()},
            )

    def _is_valid(self, scheme: Scheme, value: str | None) -> bool:
        credential = None if value is None else scheme.extract(value)
        if credential is None or not scheme.secret:
            return credential is not None and credential not in scheme.unusable
        expected = self.credentials[scheme.name].encode()
        return hmac.compare_digest(credential.encode("latin-1"), expected)

    def _advice(self, sent: Sequence[Scheme]) -> str:
        """The header names of each alternative, without values, which could be secrets.

        Empty if the only credential was *sent*, since its header is already named.
        """
        if len(sent) == len(self.security.schemes) == 1:
            return ""
        named = [
            " + ".join(scheme.header for scheme in self.security.ordered(alternative))
            for alternative in self.security.alternatives
        ]
        return f"; send one of: {'; '.join(named)}" if len(named) > 1 else f"; send {named[0]}"

    def _challenges(self) -> str:
        """One challenge for each scheme (RFC 9110, 11.6.1). ``ApiKey`` is not registered; no scheme for API keys is."""
        return ", ".join(_challenge(scheme) for scheme in self.security.schemes)


def _problem(sent: Sequence[Scheme], values: Mapping[str, str | None]) -> tuple[str, str]:
    """What is wrong with the credentials that were *sent*, without their values, and a word for programs.

    The first problem counts: a header without the form of its scheme, then a wrong value, then nothing that was sent.
    """
    for scheme in sent:
        value = values[scheme.header.lower()]
        if value is None:
            return f"The header {scheme.header} was sent with different values", WRONG
        if scheme.secret and scheme.extract(value) is None:
            form = f"{scheme.prefix.strip()} and the key" if scheme.prefix else "the key"
            return f"No key in the header {scheme.header}; its value must be {form}", WRONG
    if sent:
        named = " and ".join(dict.fromkeys(scheme.header for scheme in sent))
        return f"Wrong {'key' if any(s.secret for s in sent) else 'value'} in the header {named}", WRONG
    return "Missing credentials", MISSING


def _challenge(scheme: Scheme) -> str:
    if scheme.is_token:
        return f'{scheme.prefix.strip()} realm="{REALM}"'
    return f'ApiKey realm="{REALM}", header="{scheme.header}"'


def _single_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str | None]:
    """The value of each header; None for a header that is sent with different values."""
    values: dict[str, set[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), set()).add(value.decode("latin-1").strip(" \t"))
    return {name: found.pop() if len(found) == 1 else None for name, found in values.items()}
