"""Redaction: keep credentials out of everything that the suite writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from urllib.parse import quote

from conformance.contract import Security
from conformance.secret import Secret

SHORTEST = 8
"""Shorter credentials are not searched for in text: they would match ordinary words."""

MASK = "[credential]"

CUT = re.compile(r"\.\.\. ")
"""Marks the place in an excerpt where text was left out."""

SECRET_NAME = re.compile("key|token|secret|passw|auth|credential|signature", re.IGNORECASE)
"""Typical parts of the names of secrets in configurations."""

USER_IN_URL = re.compile(r"(https?://)(?!\*\*\*@)[^\s/@'\"]+@")
"""User name and password before the host of a URL (RFC 3986, 3.2.1)."""

ALWAYS_HIDDEN = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers that always carry credentials (RFC 9110, 11.6.2 and 11.7.2; RFC 6265, 4)."""

DESCRIPTIVE = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
"""Headers that never carry credentials (RFC 9110, 8.3, 10.1.5 and 12.5)."""


class Redactor:
    """Masks credentials: in headers by name, and anywhere in text by their value.

    *headers* are the headers that the user gave. The headers of *security*'s secret schemes are hidden whatever their
    value is; the headers of its other schemes (a provider's name) are not secret.
    """

    def __init__(self, headers: Iterable[tuple[str, Secret]], security: Security) -> None:
        own = {scheme.header.lower() for scheme in security.schemes if scheme.secret}
        self._hidden = own | ALWAYS_HIDDEN
        named = {scheme.header.lower() for scheme in security.schemes}
        self._public = (named | DESCRIPTIVE) - self._hidden
        self._credentials: frozenset[str] = frozenset()
        self._whole_values: frozenset[str] = frozenset()
        self._add(value for name, value in headers if name.lower() not in self._public)

    def add(self, credential: str) -> None:
        """Mask *credential* too, from now on: one that a gateway sent to its upstream."""
        if credential not in self._credentials:
            self._add([credential])

    def _add(self, values: Iterable[str]) -> None:
        for value in map(_without_scheme, values):
            inside = secrets_inside(value)
            if inside or _is_plain_url(value):  # many texts begin like it, so only the whole value is masked
                self._whole_values |= _spellings([value])
            if not _is_plain_url(value):
                # The suite also sends each credential without its first character.
                self._credentials |= _spellings(inside or (value, value[1:]))
        self._beginnings = _any_of(credential[:SHORTEST] for credential in self._credentials)

    def text(self, text: str) -> str:
        """*text* with credentials masked, in any letter case, even if an excerpt contains only a part of one."""
        pieces, end = [], 0
        for start, stop in _merged(self._spans(text)):
            pieces += [text[end:start], MASK]
            end = stop
        return USER_IN_URL.sub(rf"\1{MASK}@", "".join(pieces) + text[end:])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The places of credentials in *text*, and of the parts of a credential before or after a cut."""
        for whole in self._whole_values:
            yield from (match.span() for match in re.finditer(re.escape(whole), text, re.IGNORECASE))
        if not self._credentials:
            return
        longest = max(map(len, self._credentials))
        for match in self._beginnings.finditer(text):
            start = match.start()
            rest = text[start : start + longest]
            yield start, start + max(_common_prefix(rest, credential) for credential in self._credentials)
        for match in CUT.finditer(text):
            start = match.end()
            rest = text[start : start + longest].lower()
            if length := max(_suffix_at_start(rest, credential) for credential in self._credentials):
                yield start, start + length

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
    except ValueError:
        return []
    strings = list(_strings("", parsed)) if isinstance(parsed, dict) else []
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


def _without_scheme(value: str) -> str:
    """A credential without the name of its authentication scheme: servers repeat only the rest."""
    scheme = re.match(r"[A-Za-z][\w-]* +(?=\S+$)", value)
    return value[scheme.end() :] if scheme else str(value)


def _is_plain_url(value: str) -> bool:
    """Whether *value* is a URL without a user and a query, so that no part of it is secret by itself."""
    return re.fullmatch(r"https?://[^@?#\s]+", value) is not None


def _spellings(values: Iterable[str]) -> set[str]:
    """The strings to search for: *values* as they are, and as JSON, Python and URLs encode them."""
    found: set[str] = set()
    for bare in values:
        escaped = (json.dumps(bare)[1:-1], json.dumps(bare, ensure_ascii=False)[1:-1])
        found |= {bare, repr(bare)[1:-1], quote(bare), quote(bare, safe=""), *escaped}
        found |= {text.replace("/", r"\/") for text in escaped}
    return {spelling for spelling in found if len(spelling) >= SHORTEST}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for each place where one of *words* begins, in any letter case; matches may overlap."""
    return re.compile(f"(?={'|'.join(sorted({re.escape(word) for word in words}))})", re.IGNORECASE)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """*spans* in order, with overlapping ones merged."""
    begin = end = 0
    for start, stop in sorted(spans):
        if start >= end:
            if end:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end


def _common_prefix(text: str, credential: str) -> int:
    """The length of the common prefix of *text* and *credential*, in any letter case; at least SHORTEST."""
    pairs = zip(text.lower(), credential.lower(), strict=False)
    return max(SHORTEST, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _suffix_at_start(text: str, credential: str) -> int:
    """The length of the longest suffix of *credential* that *text*, in lowercase, starts with; 0 below SHORTEST."""
    lengths = range(len(credential), SHORTEST - 1, -1)
    return next((n for n in lengths if text.startswith(credential[-n:].lower())), 0)
