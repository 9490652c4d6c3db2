"""Headers as users write them: ``Name: value``, the value perhaps in an environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from conformance.contract import Contract
from conformance.secret import Secret

from .settings import Configuration, ConfigurationError


def headers_of(configuration: Configuration) -> list[tuple[str, Secret]]:
    """The headers to send, with values read from the environment. Raises ConfigurationError."""
    return [_header(text, f"header {place}") for place, text in enumerate(configuration.header, 1)]


def header_lines(contract: Contract, credentials: Mapping[str, str]) -> list[str]:
    """The headers that carry *credentials* (by scheme name), as users write them."""
    return [": ".join(scheme.render(credentials[scheme.name])) for scheme in contract.security.schemes]


def credential_in(text: str, where: str) -> str:
    """The credential that *text* is, or that is in the environment variable that it names behind ``env:``.

    Raises ConfigurationError for one that is not there.
    """
    prefix, colon, variable = text.partition(":")
    return _from_environment(variable, where) if colon and prefix == "env" else text


def _header(text: str, where: str) -> tuple[str, Secret]:
    """Name and value of the header in *text*, of which no error shows a part: it may be a bare credential."""
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name.strip()):
        raise ConfigurationError(where, "'Name: value'", "a text that does not begin with a name and a colon")
    name, value = name.strip(), value.strip()
    match = re.fullmatch(r"(?:(\S+)\s+)?env:(.*)", value, re.DOTALL)
    if match is None:
        return name, Secret(value, re.sub(r"\W", "_", name).upper())
    scheme, variable = match.groups()
    return name, _from_environment(variable, f"header {name}").behind(f"{scheme} " if scheme else "")


def _from_environment(variable: str, where: str) -> Secret:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
        raise ConfigurationError(where, "the name of an environment variable behind env:", "no such name")
    value = os.environ.get(variable, "").strip()
    if not value:
        found = "an empty one" if variable in os.environ else "none: it is not set"
        raise ConfigurationError(where, f"a value in the environment variable {variable}", found)
    return Secret(value, variable)
