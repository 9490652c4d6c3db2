"""Parse the base URL of a target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from conformance.errors import UsageError

PORTS = {"http": 80, "https": 443}
PUBLIC_PARAMETERS = frozenset({"api-version", "version"})
"""Query parameters whose values are shown in reports. The value of any other parameter could be a secret."""

# RFC 3986, sections 3.3 and 3.4, and "%": what is already escaped stays unchanged.
PATH_SAFE = "/%:@!$&'()*+,;=-._~"
QUERY_SAFE = PATH_SAFE + "?"


class TargetUrlError(UsageError, ValueError):
    """A URL that cannot be used.

    url: the URL without user, password and query values.
    problem: what is wrong with it, and how to fix it.
    noun: what the URL is, for the message.
    """

    def __init__(self, url: str, problem: str, *, noun: str = "target URL") -> None:
        self.url = masked_url(url)
        self.problem = problem
        self.noun = noun
        super().__init__(f"{noun} {self.url!r}: {problem}")


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a base URL. host: ASCII, an IPv6 address without brackets; path and query: percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str = ""
    query: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as in a Host header, without the default port of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def authority(self) -> str:
        """Host and port, always with the port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"

    def target(self, path: str, query: str) -> str:
        """Return the request target: base path, `path`, base query, `query`."""
        below = f"/{path}" if path and not path.startswith("/") else path
        whole = (self.path.rstrip("/") if below else self.path) + quote(below, safe=PATH_SAFE)
        both = "&".join(part for part in (self.query, quote(query, safe=QUERY_SAFE)) if part)
        return (whole or "/") + (f"?{both}" if both else "")

    def public(self) -> str:
        """Return the base URL with every query value hidden that could be a secret."""
        query = "&".join(_public_parameter(name, value) for name, value in _pairs(self.query))
        return self.origin + self.path + (f"?{query}" if query else "")


def parse_base_url(url: str, *, noun: str = "target URL") -> Address:
    """Parse a base URL.

    Raises `TargetUrlError` for a scheme other than http and https, a missing host, a port out of range, a fragment, and
    a user or password in the URL.
    """
    parts = split_url(url, noun=noun)
    if parts.username is not None or parts.password is not None:
        raise TargetUrlError(
            url,
            "contains a user or password; give the credential as a header, such as 'Authorization: Bearer env:NAME'",
            noun=noun,
        )
    if "#" in url:
        raise TargetUrlError(url, "has a fragment (#...), which is never sent; remove it", noun=noun)
    return address_of(parts, url, noun=noun)


def split_url(url: str, *, noun: str) -> SplitResult:
    """Split a URL whose scheme is http or https. Raises `TargetUrlError`."""
    if not url or re.search(r"[\x00-\x20\x7f\ud800-\udfff]", url):
        raise TargetUrlError(
            url, "is empty, or contains whitespace, control characters or surrogates", noun=noun
        )
    scheme = url.split("://", 1)[0].lower() if "://" in url else ""
    if not scheme:
        raise TargetUrlError(url, f"has no scheme; did you mean http://{masked_url(url)}?", noun=noun)
    if scheme not in PORTS:
        raise TargetUrlError(url, f"has the scheme {scheme!r}; use http or https", noun=noun)
    try:
        return urlsplit(url)
    except ValueError as error:
        raise TargetUrlError(url, f"is not a valid URL ({error})", noun=noun) from None


def address_of(parts: SplitResult, url: str, *, noun: str) -> Address:
    """Check host and port of a split URL. Raises `TargetUrlError`."""
    if not parts.hostname:
        raise TargetUrlError(url, "has no host; write it as in http://127.0.0.1:8787/v1", noun=noun)
    try:
        port = parts.port
    except ValueError:
        raise TargetUrlError(url, "has an invalid port; use a number from 1 to 65535", noun=noun) from None
    if port == 0:
        raise TargetUrlError(url, "has an invalid port; use a number from 1 to 65535", noun=noun)
    try:
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        raise TargetUrlError(
            url, "has a host name that cannot be written in ASCII (IDNA)", noun=noun
        ) from None
    path, query = quote(parts.path, safe=PATH_SAFE), quote(parts.query, safe=QUERY_SAFE)
    return Address(parts.scheme, host, port or PORTS[parts.scheme], path, query)


def masked_url(url: str) -> str:
    """Return the URL without anything that could be a secret, even if the URL is invalid."""
    visible = re.sub(r"^([a-zA-Z][\w+.-]*://)?.*@", r"\1***@", url, flags=re.DOTALL)
    return re.sub(r"([?#]).*$", r"\1***", visible, flags=re.DOTALL)


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _public_parameter(name: str, value: str) -> str:
    """A query parameter with its value hidden. A name without a value could itself be a key, so it is hidden too."""
    if name.lower() in PUBLIC_PARAMETERS:
        return urlencode([(name, value)])
    return f"{quote(name)}=***" if value else "***"
