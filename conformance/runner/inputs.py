"""What a configuration names: the contract, the requirements to test, and the target. Each is loaded once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.checks import UPSTREAM
from conformance.config.options import Configuration
from conformance.contract import Catalogue, Contract, DeclaredCapabilities, describe_condition
from conformance.errors import ConfigurationError
from conformance.http_client import Target, open_app, open_url
from conformance.http_client.url import PUBLIC_PARAMETERS
from conformance.reference import BASE_PATH
from conformance.secret import Secret

APP_ORIGIN = "http://testserver"
"""The origin of an in-process application, as it sees it and as reports show it."""


@dataclass(frozen=True)
class Inputs:
    """What a configuration names.

    capabilities: what the target supports, as declared.
    catalogue: the requirements of the contract that apply to a run.
    selected: the ids of those that the configuration selects, in the catalogue's order.
    target: the target. Only a run enters it, which starts the lifespan of an application, and only once.
    is_object: whether the target is an application that was given as an object, not by its name.
    """

    configuration: Configuration
    contract: Contract
    capabilities: DeclaredCapabilities
    catalogue: Catalogue
    selected: tuple[str, ...]
    target: Target
    is_object: bool

    @property
    def description(self) -> Mapping[str, str]:
        """The target as reports show it, with its base URL under ``url``."""
        return {"url": APP_ORIGIN + _app_path(self.configuration), **self.target.description}


def load_inputs(configuration: Configuration, app: object | None = None) -> Inputs:
    """Load what *configuration* names; *app* is an ASGI application to test, if it is given as an object.

    An application that is given by name is imported, and its factory called, here and nowhere else.
    Raises UsageError.
    """
    contract = Contract.load(configuration.contract, profile=configuration.profile)
    capabilities = DeclaredCapabilities.read(configuration.unsupported, configuration.limit)
    conditions = capabilities.conditions | ({UPSTREAM} if configuration.upstream else set())
    catalogue = contract.catalogue.applicable(conditions)
    return Inputs(
        configuration=configuration,
        contract=contract,
        capabilities=capabilities,
        catalogue=catalogue,
        selected=_select(configuration.only, catalogue, contract.catalogue),
        target=open_target(configuration, app),
        is_object=app is not None,
    )


def open_target(configuration: Configuration, app: object | None = None) -> Target:
    """The application *app*, or else the target that *configuration* names. Raises UsageError."""
    c = configuration
    app = c.app if app is None else app
    if app is not None:
        return open_app(app, base_path=_app_path(c), timeout=c.timeout)
    if c.url is None:
        raise ConfigurationError("target", "missing; give a base URL or an application")
    return open_url(c.url, timeout=c.timeout, ca=c.ca, cert=c.cert, proxy=c.proxy)


def secrets_in_urls(configuration: Configuration) -> Iterator[tuple[str, Secret]]:
    """The parts of the URLs of target and proxy that may be secret: values of the query, and the password."""
    for url in (configuration.url, configuration.proxy):
        parts = urlsplit(url or "")
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name.lower() not in PUBLIC_PARAMETERS:
                yield name, Secret(value or name)
        if parts.password:
            yield "proxy-authorization", Secret(unquote(parts.password))


def _app_path(configuration: Configuration) -> str:
    return BASE_PATH if configuration.url is None else urlsplit(configuration.url).path


def _select(patterns: tuple[str, ...], catalogue: Catalogue, whole: Catalogue) -> tuple[str, ...]:
    """The ids in *catalogue* that match *patterns*, all without one; *whole* has the requirements of all runs.

    Raises ConfigurationError for a pattern without a match.
    """
    if not patterns:
        return tuple(catalogue)
    found: set[str] = set()
    for pattern in patterns:
        matching = {requirement.id for requirement in catalogue.matching(pattern)}
        if not matching:
            raise ConfigurationError("only", _no_match(pattern, catalogue, whole))
        found |= matching
    return tuple(id for id in catalogue if id in found)


def _no_match(pattern: str, catalogue: Catalogue, whole: Catalogue) -> str:
    if others := whole.matching(pattern):
        return f"{pattern} is only tested if {describe_condition(others[0].when)}"
    if whole.matching(f"{pattern}.*"):
        return f"no requirement matches {pattern!r}; did you mean '{pattern}.*'?"
    near = catalogue.closest(pattern)
    return f"no requirement matches {pattern!r}; " + (
        f"did you mean {near}?" if near else "the command 'requirements' lists the ids"
    )
