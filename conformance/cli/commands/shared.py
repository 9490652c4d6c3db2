"""What several sub-commands share: the contract that they are about, files that they write."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from conformance.config.settings import Configuration, ConfigurationError, configure
from conformance.contract import Contract
from conformance.report import visible
from conformance.runner.atomic_write import write_text


def add_contract_arguments(parser: ArgumentParser) -> None:
    """Add the options that name a contract and its profile."""
    parser.add_argument(
        "--contract", metavar="FILE", help="another OpenAPI document in place of the vendored one"
    )
    parser.add_argument(
        "--profile", metavar="NAME|PATH", help="a profile's name, or its overlay (default: portkey)"
    )


def load_contract(given: Namespace) -> Contract:
    """The contract that was named, here or in the configuration file. Raises UsageError."""
    configuration = configure({"contract": given.contract, "profile": given.profile}, Path())
    tell_inherited(configuration)
    return Contract.load(configuration.contract, profile=configuration.profile)


def tell_inherited(configuration: Configuration) -> None:
    """Name the file that settings were taken from on standard error, where it lies in a folder above."""
    if configuration.inherited:
        file = visible(str(configuration.inherited))
        print(f"Settings are taken from {file}.", file=sys.stderr, flush=True)


def write_form(what: str, form: str, file: Path, text: str) -> None:
    """Write *text*, which is a *form* of *what*, to *file*, and say so. Raises ConfigurationError."""
    try:
        write_text(file, text)
    except OSError as error:
        raise ConfigurationError(form, "a file that can be written", f"{file}: {error.strerror}") from None
    print(f"{what}: {file}")
