"""The headers to send, as users write them: ``Name: value``, or a value from an environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from conformance.contract import Contract
from conformance.errors import ConfigurationError
from conformance.secret import Secret

from .options import Configuration

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name (RFC 9110, section 5.1)."""


def headers_of(configuration: Configuration) -> list[tuple[str, Secret]]:
    """The headers to send, with values read from the environment. Raises ConfigurationError."""
    return [_header(text, f"header {place}") for place, text in enumerate(configuration.header, 1)]


def header_lines(contract: Contract, credentials: Mapping[str, str]) -> list[str]:
    """The headers that carry *credentials* (by scheme name), as users write them."""
    return [": ".join(scheme.render(credentials[scheme.name])) for scheme in contract.security.schemes]


def credential_in(text: str, where: str) -> str:
    """The credential *text*, or the value of the environment variable that ``env:NAME`` names.

    Raises ConfigurationError, with *where* in its message, for a variable without a value, and for other bytes than
    UTF-8.
    """
    _require_utf8(text, where, "it")
    prefix, colon, variable = text.partition(":")
    return _from_environment(variable, where) if colon and prefix == "env" else text


def _header(text: str, where: str) -> tuple[str, Secret]:
    """Name and value of the header in *text*. No error repeats *text*: it may be a bare credential."""
    name, colon, value = text.partition(":")
    if not colon or not NAME.fullmatch(name.strip()):
        raise ConfigurationError(where, "must be 'Name: value', with a valid header name before the colon")
    name, value = name.strip(), value.strip()
    match = re.fullmatch(r"(?:(\S+)\s+)?env:(.*)", value, re.DOTALL)
    if match is None:
        return name, Secret(value, re.sub(r"\W", "_", name).upper())
    scheme, variable = match.groups()
    return name, _from_environment(variable, f"header {name}").with_prefix(f"{scheme} " if scheme else "")


def _from_environment(variable: str, where: str) -> Secret:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
        raise ConfigurationError(where, "env: must be followed by the name of an environment variable")
    value = os.environ.get(variable, "").strip()
    _require_utf8(value, where, f"the environment variable {variable}")
    if not value:
        state = "empty" if variable in os.environ else "not set"
        raise ConfigurationError(where, f"the environment variable {variable} is {state}; export it first")
    return Secret(value, variable)


def _require_utf8(text: str, where: str, what: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigurationError(where, f"{what} must be text in UTF-8, without other bytes") from None
