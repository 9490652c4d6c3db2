"""The configuration of a run, with the built-in reference server as its target if none is given."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.config.contract import contract_of
from conformance.config.headers import header_lines
from conformance.config.options import OPTIONS, Configuration
from conformance.config.parameters import parameter_lines, parameters_of
from conformance.config.settings import configure
from conformance.reference import BYTES, background_server, create_app, default_credentials

from .arguments import print_file


def move_hypothesis_storage() -> None:
    """Keep the files of Hypothesis out of the working directory, unless the user has chosen a folder for them."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(cache) / "embeddings-conformance"))


@contextmanager
def run_configuration(arguments: Namespace) -> Iterator[Configuration]:
    """The configuration of a run. Without a target, it names the reference server, which then runs in this context.

    Raises UsageError.
    """
    values = {option.key: getattr(arguments, option.key, None) for option in OPTIONS}
    configuration = configure(values, Path())
    print_file(configuration)
    if configuration.url or configuration.app:
        yield configuration
        return

    with _reference_server(configuration) as target:
        yield replace(configure({**values, **target}, Path()), embedded=True)


@contextmanager
def with_reference_server(configuration: Configuration) -> Iterator[Configuration]:
    """*configuration* with the reference server as its target, which runs in this context."""
    with _reference_server(configuration) as target:
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in target.items()
        }
        yield replace(configuration, **given, app=None, embedded=True)


@contextmanager
def _reference_server(configuration: Configuration) -> Iterator[dict[str, Any]]:
    """Options for a run against the reference server, which runs in this context."""
    contract = contract_of(configuration)
    values = parameter_lines(contract, parameters_of(configuration))
    tokenizer = configuration.tokenizer or BYTES
    with background_server(create_app(contract, tokenizer=tokenizer), base_path=contract.base_path) as url:
        headers = header_lines(contract, default_credentials(contract))
        parameter = [*configuration.parameter, *values]
        yield {"url": url, "header": headers, "parameter": parameter, "tokenizer": tokenizer}
