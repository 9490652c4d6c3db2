"""What a configuration names: the contract, the requirements to test, and the target. Each is loaded once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from conformance.checks import OTHER_TENANT, SNAPSHOT, UPSTREAM
from conformance.config.contract import contract_of
from conformance.config.options import Configuration
from conformance.config.parameters import parameters_of
from conformance.contract import (
    Catalogue,
    Contract,
    DeclaredCapabilities,
    catalogue_version,
    describe_condition,
)
from conformance.contract.preset import Preset, shipped_presets
from conformance.contract.roles import Roles
from conformance.errors import ConfigurationError
from conformance.http_client import Target, open_app, open_url
from conformance.http_client.url import PUBLIC_PARAMETERS
from conformance.reference import BASE_PATH
from conformance.report import Standing, load_report
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
    parameters: the values of the contract's parameters that the user gave; those that may be secret are of type Secret.
    """

    configuration: Configuration
    contract: Contract
    capabilities: DeclaredCapabilities
    catalogue: Catalogue
    selected: tuple[str, ...]
    target: Target
    is_object: bool
    parameters: Mapping[str, str]

    @property
    def base_path(self) -> str:
        """The path of the target's base URL."""
        return urlsplit(self.description["url"]).path

    @property
    def description(self) -> Mapping[str, str]:
        """The target as reports show it, with its base URL under ``url``."""
        path = _app_path(self.configuration, self.contract.base_path)
        return {"url": APP_ORIGIN + path, **self.target.description}


def load_inputs(configuration: Configuration, app: object | None = None) -> Inputs:
    """Load what *configuration* names; *app* is an ASGI application to test, if it is given as an object.

    An application that is given by name is imported, and its factory called, here and nowhere else.
    Raises UsageError.
    """
    contract = contract_of(configuration)
    configuration, parameters = with_parameters(configuration, contract)
    capabilities = DeclaredCapabilities.read(configuration.unsupported, configuration.limit)
    conditions = capabilities.conditions | ({UPSTREAM} if configuration.upstream else set())
    conditions |= {OTHER_TENANT} if configuration.other_header else set()
    conditions |= {SNAPSHOT} if configuration.snapshot else set()
    catalogue = contract.catalogue.applicable(conditions)
    check_catalogue_version(configuration.catalogue)
    return Inputs(
        configuration=configuration,
        contract=contract,
        capabilities=capabilities,
        catalogue=catalogue,
        selected=selected_ids(configuration, catalogue, contract.catalogue, contract.roles),
        target=open_target(configuration, app, contract.base_path),
        is_object=app is not None,
        parameters=parameters,
    )


def open_target(configuration: Configuration, app: object | None = None, app_path: str = BASE_PATH) -> Target:
    """The application *app*, or else the target that *configuration* names. Raises UsageError.

    *app_path* is the base path of an application without a URL.
    """
    c = configuration
    app = c.app if app is None else app
    if app is not None:
        return open_app(app, base_path=_app_path(c, app_path), timeout=c.timeout)
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


def _app_path(configuration: Configuration, app_path: str) -> str:
    return app_path if configuration.url is None else urlsplit(configuration.url).path


def with_parameters(
    configuration: Configuration, contract: Contract
) -> tuple[Configuration, Mapping[str, str]]:
    """Move the contract's parameters from the query of the URL to the option; return the values of all of them too.

    Requests can then leave out a parameter that is in the URL. Its value there replaces that of the option.
    """
    values = parameters_of(configuration)
    url, hash_, fragment = (configuration.url or "").partition("#")
    base, mark, query = url.partition("?")
    known = {parameter.name for parameter in contract.parameters if parameter.location == "query"}
    pairs = [(part, *map(unquote_plus, part.partition("=")[::2])) for part in query.split("&")]
    kept = [part for part, name, _ in pairs if name not in known]
    if len(kept) == len(pairs):
        return configuration, values
    moved = {name: value for _, name, value in pairs if name in known and value}
    values |= {n: value if n.lower() in PUBLIC_PARAMETERS else Secret(value) for n, value in moved.items()}
    others = (text for text in configuration.parameter if text.partition("=")[0].strip() not in moved)
    texts = (*others, *(f"{name}={value}" for name, value in moved.items()))
    shorter = base + (f"{mark}{'&'.join(kept)}" if kept else "") + hash_ + fragment
    return replace(configuration, url=shorter, parameter=texts), values


def selected_ids(
    configuration: Configuration, catalogue: Catalogue, whole: Catalogue, roles: Roles
) -> tuple[str, ...]:
    """The ids in *catalogue* that the options only, exclude, failed and preset select; *whole* has those of all runs.

    Raises ConfigurationError for a pattern without a match, and if nothing is left; UnreadableReport.
    """
    c = configuration
    chosen = _matching("only", c.only, catalogue, whole) if c.only else set(catalogue)
    if (preset := preset_of(c)) is not None:
        chosen &= _of_preset(preset, catalogue, roles)
    chosen -= _matching("exclude", c.exclude, catalogue, whole)
    if c.failed is not None:
        chosen &= {
            row["id"] for row in load_report(c.failed)["requirements"] if row["standing"] == Standing.BAD
        }
    if not chosen and c.failed is not None:
        raise ConfigurationError(
            "failed", f"no selected requirement failed the run in {c.failed}; leave out this option"
        )
    if not chosen and c.preset is not None:
        raise ConfigurationError("preset", f"{c.preset} has none of the selected requirements; select others")
    if not chosen:
        raise ConfigurationError("exclude", "no requirement is left; exclude fewer")
    return tuple(id for id in catalogue if id in chosen)


def check_catalogue_version(version: int | None) -> None:
    """Raise ConfigurationError for a version of the catalogue that this suite does not have yet."""
    if version is not None and version > (newest := catalogue_version()):
        fix = f"the catalogue of this suite has version {newest}; upgrade the suite, or give at most {newest}"
        raise ConfigurationError("catalogue", fix)


def preset_of(configuration: Configuration) -> Preset | None:
    """The preset that *configuration* names. Raises ConfigurationError for an unknown one."""
    name = configuration.preset
    if name is None or name in shipped_presets():
        return None if name is None else shipped_presets()[name]
    raise ConfigurationError("preset", f"there is no preset {name!r}; use {' or '.join(shipped_presets())}")


def _of_preset(preset: Preset, catalogue: Catalogue, roles: Roles) -> set[str]:
    """The ids in *catalogue* of a preset. Raises ConfigurationError for a contract that it cannot test."""
    if missing := preset.missing(catalogue, roles):
        raise ConfigurationError(
            "preset",
            f"{preset.name} cannot test this contract: it has no {missing.removeprefix('a ')}; omit the option preset,"
            " and select requirements with the option only",
        )
    return preset.ids(catalogue)


def _matching(option: str, patterns: tuple[str, ...], catalogue: Catalogue, whole: Catalogue) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        matching = {requirement.id for requirement in catalogue.matching(pattern)}
        if not matching:
            raise ConfigurationError(option, _no_match(pattern, catalogue, whole))
        found |= matching
    return found


def _no_match(pattern: str, catalogue: Catalogue, whole: Catalogue) -> str:
    if others := whole.matching(pattern):
        condition = f"{others[0].id} is only tested if {describe_condition(others[0].when)}"
        if len(others) > 1:
            condition = f"each requirement that matches {pattern!r} needs an option; for example, {condition}"
        return f"{condition}. Give this option, or leave out {pattern!r}."
    if whole.matching(f"{pattern}.*"):
        return f"no requirement matches {pattern!r}; did you mean '{pattern}.*'?"
    near = catalogue.closest(pattern)
    return f"no requirement matches {pattern!r}; " + (
        f"did you mean {near}? The command 'requirements' lists the ids"
        if near
        else "the command 'requirements' lists the ids"
    )
