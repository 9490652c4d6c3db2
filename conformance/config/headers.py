"""The headers to send, as users write them: ``Name: value``, or a value from an environment variable or a command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract import Contract
from conformance.contract.credentials import OTHER
from conformance.errors import ConfigurationError
from conformance.secret import Secret

from .command import CredentialCommand
from .options import Configuration

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name (RFC 9110, section 5.1)."""


READ = re.compile(r"(?:(\S+)\s+)?(env|cmd):(.*)", re.DOTALL)
"""A value that is read from an environment variable or from a command, maybe after an authentication scheme."""


def headers_of(configuration: Configuration) -> list[tuple[str, Secret]]:
    """The headers to send, with values read from the environment and from commands. Raises ConfigurationError.

    Each call runs the commands.
    """
    return [_header(text, "header", place) for place, text in enumerate(configuration.header, 1)]


def other_headers_of(configuration: Configuration) -> list[tuple[str, Secret]]:
    """The headers of another tenant, as ``headers_of``."""
    lines = enumerate(configuration.other_header, 1)
    return [_header(text, OTHER, place) for place, text in lines]


@dataclass(frozen=True)
class CommandHeader:
    """A header whose credential ``command`` prints, after the authentication scheme ``scheme`` if that is not empty.

    ``variable`` stands for the credential in reports.
    """

    name: str
    variable: str
    scheme: str
    command: CredentialCommand

    @property
    def line(self) -> str:
        """The header as users write it."""
        return f"{self.name}: {self._prefix}cmd:{self.command.text}"

    def read(self) -> Secret:
        """The value of the header. Raises ConfigurationError."""
        return self._value(self.command.run())

    async def renew(self) -> Secret:
        """As ``read``, without blocking the event loop."""
        return self._value(await self.command.renew())

    @property
    def _prefix(self) -> str:
        return f"{self.scheme} " if self.scheme else ""

    def _value(self, credential: str) -> Secret:
        return Secret(credential, self.variable).with_prefix(self._prefix)


def command_header(text: str, option: str = "header") -> CommandHeader | None:
    """The header in *text*, ``Name: cmd:COMMAND``; None if its value does not come from a command.

    Errors name the *option*.
    """
    name, _, value = text.partition(":")
    match = READ.fullmatch(value.strip())
    if match is None or match[2] != "cmd":
        return None
    command = CredentialCommand(match[3], f"{option} {name.strip()}")
    return CommandHeader(name.strip(), _variable(name.strip(), option), match[1] or "", command)


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


def _header(text: str, option: str, place: int) -> tuple[str, Secret]:
    """Name and value of the header in *text*. No error repeats *text*: it may be a bare credential."""
    name, colon, value = text.partition(":")
    if not colon or not NAME.fullmatch(name.strip()):
        problem = "must be 'Name: value', with a valid header name before the colon"
        raise ConfigurationError(f"{option} {place}", problem)
    name, value = name.strip(), value.strip()
    if (printed := command_header(text, option)) is not None:
        return name, printed.read()
    match = READ.fullmatch(value)
    if match is None:
        return name, Secret(value, _variable(name, option))
    scheme, _, variable = match.groups()
    return name, _from_environment(variable, f"{option} {name}").with_prefix(f"{scheme} " if scheme else "")


def _variable(name: str, option: str) -> str:
    """The shell variable that stands for the value of the header *name* of *option* in reports."""
    variable = re.sub(r"\W", "_", name).upper()
    return f"OTHER_{variable}" if option == OTHER else variable


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
