"""Every use of something that its library does not promise, in one place."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest


@dataclass(frozen=True)
class PrivateInterface:
    """``name`` of ``package`` is used in ``used_in``; ``exists`` looks whether it is still there."""

    package: str
    name: str
    used_in: str
    purpose: str
    exists: Callable[[], object]


def attribute(module: str, *names: str) -> Callable[[], bool]:
    """Look up the attribute *names*, each of the one before, in *module*."""

    def exists() -> bool:
        found: Any = import_module(module)
        for name in names:
            found = getattr(found, name)
        return found is not None

    return exists


def _json_error(text: str, message: str) -> Callable[[], bool]:
    def exists() -> bool:
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            return error.msg == message
        return False

    return exists


def _not_set_name() -> bool:
    from schemathesis.core import NOT_SET

    return type(NOT_SET).__name__ == "NotSet"


def _parser_method() -> bool:
    return callable(pytest.Parser.parse_known_and_unknown_args)


def _connection_attribute(name: str) -> Callable[[], bool]:
    def exists() -> bool:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        return name in H11Protocol.__init__.__code__.co_names

    return exists


def _cycle_attribute() -> bool:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

    return "disconnected" in RequestResponseCycle.__init__.__code__.co_names


PRIVATE_INTERFACES = (
    PrivateInterface(
        "hypothesis",
        "internal.conjecture.providers.AVAILABLE_PROVIDERS",
        "conformance/generators/hypothesis_provider.py",
        "registers a provider whose examples depend on the seed alone",
        attribute("hypothesis.internal.conjecture.providers", "AVAILABLE_PROVIDERS", "keys"),
    ),
    PrivateInterface(
        "hypothesis",
        "internal.conjecture.providers.HypothesisProvider",
        "conformance/generators/hypothesis_provider.py",
        "the base class of that provider",
        attribute("hypothesis.internal.conjecture.providers", "HypothesisProvider"),
    ),
    PrivateInterface(
        "schemathesis",
        "core.failures.Failure._unique_key",
        "conformance/schemathesis_checks.py",
        "Schemathesis reports each requirement as a failure of its own",
        attribute("schemathesis.core.failures", "Failure", "_unique_key"),
    ),
    PrivateInterface(
        "schemathesis",
        "core.NotSet",
        "conformance/generators/schemathesis_source.py",
        "recognizes a generated request without a body",
        _not_set_name,
    ),
    PrivateInterface(
        "pytest",
        "Config.args",
        "conformance/pytest_plugin/plugin.py",
        "pytest collects the packaged suite instead of the current directory",
        lambda: "args" in pytest.Config.__init__.__code__.co_names,
    ),
    PrivateInterface(
        "pytest",
        "Parser.parse_known_and_unknown_args",
        "conformance/pytest_plugin/plugin.py",
        "finds misspelt options before pytest does",
        _parser_method,
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.H11Protocol",
        "conformance/reference/uvicorn_server.py",
        "the reference server closes connections and responds to malformed requests by its own rules",
        attribute("uvicorn.protocols.http.h11_impl", "H11Protocol"),
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.H11Protocol._unsupported_upgrade_warning",
        "conformance/reference/uvicorn_server.py",
        "logs nothing for each request of a client that offers HTTP/2",
        attribute("uvicorn.protocols.http.h11_impl", "H11Protocol", "_unsupported_upgrade_warning"),
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.RequestResponseCycle.disconnected",
        "conformance/reference/uvicorn_server.py",
        "drops a connection on purpose for `serve --fail drop`",
        _cycle_attribute,
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.H11Protocol.conn",
        "conformance/reference/limited_connection.py",
        "tells whether headers or a body are incomplete, to limit their time",
        _connection_attribute("conn"),
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.H11Protocol.logger",
        "conformance/reference/limited_connection.py",
        "logs invalid requests only where logging is configured",
        _connection_attribute("logger"),
    ),
    PrivateInterface(
        "uvicorn",
        "protocols.http.h11_impl.H11Protocol.on_response_complete",
        "conformance/reference/limited_connection.py",
        "tells when a connection becomes idle, to limit that time",
        attribute("uvicorn.protocols.http.h11_impl", "H11Protocol", "on_response_complete"),
    ),
    PrivateInterface(
        "python",
        "zlib._Decompress",
        "conformance/http_client/content_decoding.py",
        "the type of a decompressor, in annotations",
        lambda: type(zlib.decompressobj()).__name__ == "Decompress",
    ),
    PrivateInterface(
        "tiktoken",
        "load.read_file",
        "conformance/reference/tiktoken_encodings.py",
        "prevents downloads that the user did not request",
        attribute("tiktoken.load", "read_file"),
    ),
    PrivateInterface(
        "python",
        "the json error text 'Extra data'",
        "conformance/validation/json_syntax.py",
        "tells data after a complete JSON value from a syntax error",
        _json_error("{} {}", "Extra data"),
    ),
    PrivateInterface(
        "python",
        "the json error text \"Expecting ',' delimiter\"",
        "conformance/validation/json_syntax.py",
        "recognizes a number that JSON does not allow, such as 01",
        _json_error("[0 1]", "Expecting ',' delimiter"),
    ),
)
