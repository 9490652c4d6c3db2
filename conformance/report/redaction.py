"""Keeping credentials out of everything that is written."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract import Security
from conformance.target import Secret

SHREDDING = 8
"""A credential shorter than this is not searched for in texts: a report would be shredded by it."""

MASK = "[credential]"


class Redactor:
    """Hides credentials: by position, in the headers that carry them, and as substrings anywhere else.

    *secrets* are the values that were given; the headers of *security*'s secret schemes are hidden whatever they hold.
    """

    def __init__(self, secrets: Iterable[Secret], security: Security) -> None:
        self._hidden = {scheme.header.lower() for scheme in security.schemes if scheme.secret}
        self._prefixes = {scheme.prefix for scheme in security.schemes if scheme.prefix}
        bare = {str(secret.without(prefix)) for secret in secrets for prefix in (*self._prefixes, "")}
        self._secrets = sorted((s for s in bare if len(s) >= SHREDDING), key=len, reverse=True)

    def text(self, text: str) -> str:
        """*text* with every credential masked, also where it stands cut by a character or in other letter case."""
        for secret in self._secrets:
            text = text.replace(secret, MASK).replace(secret.swapcase(), MASK)
            if len(secret) > SHREDDING:
                text = text.replace(secret[:-1], MASK)
        return text

    def header(self, name: str, value: str) -> str:
        """The value of header *name* as it may be shown."""
        if isinstance(value, Secret):
            return value.shown
        if name.lower() in self._hidden:
            return MASK
        return self.text(value)
