"""Redaction: keep credentials out of everything that the suite writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from conformance.contract import Security
from conformance.secret import Secret

from .encodings import basic_credentials
from .secret_search import SecretSearch

MASK = "[credential]"

SECRET_NAME = re.compile("key|token|secret|passw|auth|credential|signature", re.IGNORECASE)
"""Typical parts of the names of secrets in configurations."""

USER_IN_URL = re.compile(r"(https?://)(?!\*\*\*@)[^\s/@'\"]+@")
"""User name and password before the host of a URL (RFC 3986, 3.2.1)."""

ALWAYS_HIDDEN = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers that always carry credentials (RFC 9110, 11.6.2 and 11.7.2; RFC 6265, 4)."""

DESCRIPTIVE = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
"""Headers that never carry credentials (RFC 9110, 8.3, 10.1.5 and 12.5)."""

MAX_ADDED = 50_000
"""Characters of all credentials that are added during a run, so that a gateway cannot fill the memory with new ones."""


class Redactor:
    """Masks credentials: in headers by name, and anywhere in text by their value, also encoded or in part.

    *headers* are the headers that the user gave. The headers of *security*'s secret schemes are hidden whatever their
    value is; the headers of its other schemes (a provider's name) are not secret.
    """

    def __init__(self, headers: Iterable[tuple[str, Secret]], security: Security) -> None:
        own = {scheme.header.lower() for scheme in security.schemes if scheme.secret}
        self._hidden = own | ALWAYS_HIDDEN
        named = {scheme.header.lower() for scheme in security.schemes}
        self._public = (named | DESCRIPTIVE) - self._hidden
        given = list(headers)
        public = [value for name, value in given if name.lower() in self._public]
        names = [name for scheme in security.schemes for name in (scheme.name, scheme.header)]
        self._search = SecretSearch([*public, *names])
        self._added: set[str] = set()
        self._room = MAX_ADDED
        for name, value in given:
            self.add_header(name, value)

    def add_header(self, name: str, value: Secret) -> None:
        """Mask the *value* of a header that the user gave, or a command printed."""
        if name.lower() not in self._public:
            self._add(value)

    def add(self, credential: str) -> None:
        """Mask *credential* too, from now on: one that a gateway sent to its upstream.

        Credentials that exceed MAX_ADDED characters together are ignored.
        """
        if credential not in self._added and len(credential) <= self._room:
            self._room -= len(credential)
            self._added.add(credential)
            self._add(credential)

    def _add(self, value: str) -> None:
        scheme, credential = _scheme_and_credential(value)
        inside = secrets_inside(credential)
        if inside or _is_plain_url(credential):
            self._search.add_undivided(credential)  # its parts occur in many texts
        elif scheme.lower() == "basic":
            inside = [credential, *basic_credentials(credential)]
        else:
            inside = [credential]
        for secret in inside:
            self._search.add(secret)

    def text(self, text: str) -> str:
        """*text* with credentials and their parts masked, in any letter case, as they are or encoded."""
        pieces, end = [], 0
        for start, stop in self._search.spans(text):
            pieces += [text[end:start], MASK]
            end = stop
        return USER_IN_URL.sub(rf"\1{MASK}@", "".join(pieces) + text[end:])

    def header(self, name: str, value: str) -> str:
        """The value of header *name*, as a report may show it."""
        if name.lower() in self._public:
            return self.text(value)
        if isinstance(value, Secret):
            return value.shown if value.variable else self.text(value.shown)
        if name.lower() in self._hidden:
            return MASK
        return self.text(value)


def secrets_inside(credential: str) -> list[str]:
    """The secrets in a credential that is a JSON object, such as a gateway's configuration; else an empty list.

    These are the strings whose names look like names of secrets, or all strings if there are none.
    """
    try:
        parsed = json.loads(credential)
        strings = list(_strings("", parsed)) if isinstance(parsed, dict) else []
    except (ValueError, RecursionError):
        return []
    return [value for name, value in strings if SECRET_NAME.search(name)] or [value for _, value in strings]


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The strings in *value*, each with the name of its member."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _strings(key, child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(name, child)


def _scheme_and_credential(value: str) -> tuple[str, str]:
    """The name of the authentication scheme, or nothing, and the credential: servers repeat only the latter."""
    match = re.fullmatch(r"([A-Za-z][\w-]*) +(\S+)", value)
    return (match[1], match[2]) if match else ("", str(value))


def _is_plain_url(value: str) -> bool:
    """Whether *value* is a URL without a user and a query, so that no part of it is secret by itself."""
    return re.fullmatch(r"https?://[^@?#\s]+", value) is not None
