"""Where a target is, read from its base URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from conformance.errors import UsageError

PORTS = {"http": 80, "https": 443}
# RFC 3986, section 3.3 and 3.4, and "%": what is escaped already stays as it is.
VERSIONS = frozenset({"api-version", "version"})
"""Members of a query that explain a report and open no door; of others nobody can be sure."""

PATH_SAFE = "/%:@!$&'()*+,;=-._~"
QUERY_SAFE = PATH_SAFE + "?"


class TargetUrlError(UsageError, ValueError):
    """A URL that cannot be used.

    url: the URL without user, password and query values.
    problem: what is wrong with it and how to mend it.
    noun: what the URL is for.
    """

    def __init__(self, url: str, problem: str, *, noun: str = "target URL") -> None:
        self.url = masked(url)
        self.problem = problem
        self.noun = noun
        super().__init__(f"{noun} {self.url!r}: {problem}")


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL in parts. host: ASCII, an IPv6 address without brackets; path and query: percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str = ""
    query: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a Host header: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def authority(self) -> str:
        """Host and port, the port always given."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"

    def target(self, path: str, query: str) -> str:
        """Return the request target: `path` behind the base path and before the base query."""
        below = f"/{path}" if path and not path.startswith("/") else path
        whole = (self.path.rstrip("/") if below else self.path) + quote(below, safe=PATH_SAFE)
        both = "&".join(part for part in (self.query, quote(query, safe=QUERY_SAFE)) if part)
        return (whole or "/") + (f"?{both}" if both else "")

    def public(self) -> str:
        """Return the base URL with every query value hidden that could be a secret."""
        shown = "&".join(_shown(name, value) for name, value in _pairs(self.query))
        return self.origin + self.path + (f"?{shown}" if shown else "")


def parse(url: str, *, noun: str = "target URL") -> Address:
    """Read a base URL.

    Raises `TargetUrlError` for another scheme than http and https, a missing host, a port out of range, a
    fragment, and user or password inside the URL.
    """
    parts = split(url, noun=noun)
    if parts.username is not None or parts.password is not None:
        raise TargetUrlError(
            url,
            "user and password do not belong into a URL; give the credential as a header, "
            "for instance --target-header='Authorization: env:NAME'",
            noun=noun,
        )
    if "#" in url:
        raise TargetUrlError(url, "has a fragment (#...), which is never sent; remove it", noun=noun)
    return address_of(parts, url, noun=noun)


def split(url: str, *, noun: str) -> SplitResult:
    """Split a URL whose scheme is http or https. Raises `TargetUrlError`."""
    if not url or re.search(r"[\x00-\x20\x7f\ud800-\udfff]", url):
        raise TargetUrlError(url, "is empty or holds blanks, control characters or surrogates", noun=noun)
    scheme = url.split("://", 1)[0].lower() if "://" in url else ""
    if not scheme:
        raise TargetUrlError(url, f"has no scheme; perhaps http://{masked(url)} is meant", noun=noun)
    if scheme not in PORTS:
        raise TargetUrlError(url, f"expected the scheme http or https, found {scheme!r}", noun=noun)
    try:
        return urlsplit(url)
    except ValueError as error:
        raise TargetUrlError(url, f"cannot be read ({error})", noun=noun) from None


def address_of(parts: SplitResult, url: str, *, noun: str) -> Address:
    """Check host and port of a split URL. Raises `TargetUrlError`."""
    if not parts.hostname:
        raise TargetUrlError(url, "has no host; expected something like http://127.0.0.1:8787/v1", noun=noun)
    try:
        port = parts.port
    except ValueError:
        raise TargetUrlError(url, "the port is no number from 1 to 65535", noun=noun) from None
    if port == 0:
        raise TargetUrlError(url, "the port is no number from 1 to 65535", noun=noun)
    try:
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        raise TargetUrlError(url, "the host name cannot be written in ASCII (IDNA)", noun=noun) from None
    path, query = quote(parts.path, safe=PATH_SAFE), quote(parts.query, safe=QUERY_SAFE)
    return Address(parts.scheme, host, port or PORTS[parts.scheme], path, query)


def masked(url: str) -> str:
    """Return the URL without anything that may be a secret, however it is spelled."""
    visible = re.sub(r"^([a-zA-Z][\w+.-]*://)?.*@", r"\1***@", url, flags=re.DOTALL)
    return re.sub(r"([?#]).*$", r"\1***", visible, flags=re.DOTALL)


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _shown(name: str, value: str) -> str:
    """A member of a query; one without a value may be a bare key."""
    if name.lower() in VERSIONS:
        return urlencode([(name, value)])
    return f"{quote(name)}=***" if value else "***"
