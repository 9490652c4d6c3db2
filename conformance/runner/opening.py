"""From a configuration to its target, over the network or in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.config.settings import Configuration, ConfigurationError
from conformance.http_client import Target, open_app, open_url
from conformance.http_client.url import VERSIONS
from conformance.reference import BASE_PATH
from conformance.secret import Secret

APP_ORIGIN = "http://testserver"
"""Where an in-process application believes to be, unless the user says otherwise."""


def open_target(configuration: Configuration, app: object | None = None) -> Target:
    """The application *app*, or else the target that *configuration* names. Raises UsageError."""
    c = configuration
    app = c.app if app is None else app
    if app is not None:
        return open_app(app, base_path=_app_path(c), timeout=c.timeout)
    if c.url is None:
        raise ConfigurationError("target", "a base URL or an application", "neither")
    return open_url(c.url, timeout=c.timeout, ca=c.ca, cert=c.cert, proxy=c.proxy)


def _app_path(configuration: Configuration) -> str:
    return BASE_PATH if configuration.url is None else urlsplit(configuration.url).path


def description_of(configuration: Configuration, app: object | None) -> Mapping[str, str]:
    """What is said of the target, with its base URL under ``url``. Raises UsageError."""
    description = open_target(configuration, app).description
    return {"url": APP_ORIGIN + _app_path(configuration), **description}


def secrets_in_urls(configuration: Configuration) -> Iterator[tuple[str, Secret]]:
    """What may be secret in the URLs of target and proxy: what the query holds, and a password."""
    for url in (configuration.url, configuration.proxy):
        parts = urlsplit(url or "")
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name.lower() not in VERSIONS:
                yield name, Secret(value or name)
        if parts.password:
            yield "proxy-authorization", Secret(unquote(parts.password))
