"""Keeping credentials out of everything that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from urllib.parse import quote

from conformance.contract import Security
from conformance.secret import Secret

SHREDDING = 8
"""A credential shorter than this is not searched for in texts: a report would be shredded by it."""

MASK = "[credential]"

CUT = re.compile(r"\.\.\. ")
"""What stands in an excerpt where something was left out."""

SECRET_NAME = re.compile("key|token|secret|passw|auth|credential|signature", re.IGNORECASE)
"""What the names of secrets have in common, in configurations of all kinds."""

USER_IN_URL = re.compile(r"(https?://)(?!\*\*\*@)[^\s/@'\"]+@")
"""What stands before the host of a URL: a name and a password (RFC 3986, 3.2.1)."""

ALWAYS_HIDDEN = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Headers that carry credentials whatever the contract says (RFC 9110, 11.6.2 and 11.7.2; RFC 6265, 4)."""

DESCRIPTIVE = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})
"""Headers that are no credential, whoever gives them (RFC 9110, 8.3, 10.1.5 and 12.5)."""


class Redactor:
    """Hides credentials: by position, in the headers that carry them, and as substrings anywhere else.

    *headers* are those that were given; the headers of *security*'s secret schemes are hidden whatever they hold. Those
    of its other schemes (a provider's name) are no secret.
    """

    def __init__(self, headers: Iterable[tuple[str, Secret]], security: Security) -> None:
        own = {scheme.header.lower() for scheme in security.schemes if scheme.secret}
        self._hidden = own | ALWAYS_HIDDEN
        named = {scheme.header.lower() for scheme in security.schemes}
        self._public = (named | DESCRIPTIVE) - self._hidden
        self._credentials: frozenset[str] = frozenset()
        self._wholes: frozenset[str] = frozenset()
        self._hide(value for name, value in headers if name.lower() not in self._public)

    def hear(self, credential: str) -> None:
        """Hide *credential* from now on, too: one that a gateway gave to its upstream."""
        if credential not in self._credentials:
            self._hide([credential])

    def _hide(self, values: Iterable[str]) -> None:
        for value in map(_bare, values):
            inside = texts_inside(value)
            if inside or _is_address(value):  # begins like many others, so that it is hidden as a whole
                self._wholes |= _spellings([value])
            if not _is_address(value):
                # The suite sends a credential without its first character, too.
                self._credentials |= _spellings(inside or (value, value[1:]))
        self._beginnings = _any_of(credential[:SHREDDING] for credential in self._credentials)

    def text(self, text: str) -> str:
        """*text* with credentials masked, in any letter case, also the beginning of one: excerpts are cut anywhere."""
        pieces, end = [], 0
        for start, stop in _joined(self._spans(text)):
            pieces += [text[end:start], MASK]
            end = stop
        return USER_IN_URL.sub(rf"\1{MASK}@", "".join(pieces) + text[end:])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where credentials stand in *text*, or what is left of one before or behind a cut."""
        for whole in self._wholes:
            yield from (match.span() for match in re.finditer(re.escape(whole), text, re.IGNORECASE))
        if not self._credentials:
            return
        longest = max(map(len, self._credentials))
        for match in self._beginnings.finditer(text):
            start = match.start()
            rest = text[start : start + longest]
            yield start, start + max(_common(rest, credential) for credential in self._credentials)
        for match in CUT.finditer(text):
            start = match.end()
            rest = text[start : start + longest].lower()
            if left := max(_left_over(rest, credential) for credential in self._credentials):
                yield start, start + left

    def header(self, name: str, value: str) -> str:
        """The value of header *name* as it may be shown."""
        if name.lower() in self._public:
            return self.text(value)
        if isinstance(value, Secret):
            return value.shown if value.variable else self.text(value.shown)
        if name.lower() in self._hidden:
            return MASK
        return self.text(value)


def _bare(value: str) -> str:
    """A credential without its scheme's name, as servers repeat it."""
    scheme = re.match(r"[A-Za-z][\w-]* +(?=\S+$)", value)
    return value[scheme.end() :] if scheme else str(value)


def _is_address(value: str) -> bool:
    """Whether a header's value is a URL that holds no secret: no user, no query."""
    return re.fullmatch(r"https?://[^@?#\s]+", value) is not None


def _spellings(values: Iterable[str]) -> set[str]:
    """What to look for in texts: *values* as they are, and as they are written in JSON, Python and URLs."""
    found: set[str] = set()
    for bare in values:
        escaped = (json.dumps(bare)[1:-1], json.dumps(bare, ensure_ascii=False)[1:-1])
        found |= {bare, repr(bare)[1:-1], quote(bare), quote(bare, safe=""), *escaped}
        found |= {text.replace("/", r"\/") for text in escaped}
    return {spelling for spelling in found if len(spelling) >= SHREDDING}


def texts_inside(credential: str) -> list[str]:
    """The secrets inside a credential that is a JSON object; a configuration holds other things beside them.

    These are the strings whose names say so, or all where none does.
    """
    try:
        parsed = json.loads(credential)
    except ValueError:
        return []
    strings = list(_strings("", parsed)) if isinstance(parsed, dict) else []
    return [value for name, value in strings if SECRET_NAME.search(name)] or [value for _, value in strings]


def _strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    """The strings in *value*, each with the name of the member that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _strings(key, child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(name, child)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Finds each place where one of *words* begins, in any letter case, also inside of another."""
    return re.compile(f"(?={'|'.join(sorted({re.escape(word) for word in words}))})", re.IGNORECASE)


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """*spans* in order, those that overlap as one."""
    begin = end = 0
    for start, stop in sorted(spans):
        if start >= end:
            if end:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end


def _common(text: str, credential: str) -> int:
    """How many characters, as many as a search is for at least, *text* begins with that *credential* begins with."""
    pairs = zip(text.lower(), credential.lower(), strict=False)
    return max(SHREDDING, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))


def _left_over(text: str, credential: str) -> int:
    """How many characters *text*, in lower case, begins with that *credential* ends with; 0 for too few to tell."""
    lengths = range(len(credential), SHREDDING - 1, -1)
    return next((n for n in lengths if text.startswith(credential[-n:].lower())), 0)
