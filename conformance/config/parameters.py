"""The parameters of the contract, as users write them: ``NAME=VALUE``, or a value from an environment variable."""

from __future__ import annotations

from collections.abc import Collection

from conformance.contract import Contract
from conformance.errors import ConfigurationError

from .headers import credential_in
from .options import Configuration


def parameters_of(configuration: Configuration) -> dict[str, str]:
    """The values by name. Those from the environment are of the type Secret. Raises ConfigurationError."""
    return dict(_parameter(text, place) for place, text in enumerate(configuration.parameter, 1))


def parameter_lines(contract: Contract, given: Collection[str] = ()) -> tuple[str, ...]:
    """A value for each required parameter that is not *given* and has no example, as users write it.

    For the reference server, which accepts any value.
    """
    return tuple(
        f"{parameter.name}={parameter.placeholder}"
        for parameter in contract.parameters
        if parameter.required and parameter.value is None and parameter.name not in given
        if not parameter.names_model
    )


def _parameter(text: str, place: int) -> tuple[str, str]:
    """Name and value in *text*, which no error repeats: it may be a bare credential."""
    name, equals, value = text.partition("=")
    if not name.strip() or not equals or not value:
        raise ConfigurationError(f"parameter {place}", "must be NAME=VALUE, such as api-version=2024-10-21")
    return name.strip(), credential_in(value, f"parameter {name.strip()}")
