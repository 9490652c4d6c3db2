"""Arguments that several sub-commands have, and the configuration that they give."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path

from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure
from conformance.contract import Contract
from conformance.report import visible


def add_target_url(parser: ArgumentParser) -> None:
    """Add the URL of a run, which may be missing."""
    parser.add_argument("url", nargs="?", metavar="URL", help="base URL of the target")


def add_options(parser: ArgumentParser, names: Iterable[str]) -> None:
    """Add those options of a run that *names* contains."""
    wanted = set(names)
    for option in OPTIONS:
        if option.name in wanted:
            parser.add_argument(f"--{option.name}", **option.argument)


def add_contract_arguments(parser: ArgumentParser) -> None:
    """Add the options that name a contract and its profile."""
    add_options(parser, ("contract", "profile"))


def contract_configuration(arguments: Namespace) -> Configuration:
    """The contract and the profile that the arguments or the configuration file name. Raises UsageError."""
    configuration = configure({"contract": arguments.contract, "profile": arguments.profile}, Path())
    print_inherited(configuration)
    return Configuration(contract=configuration.contract, profile=configuration.profile)


def load_contract(arguments: Namespace) -> Contract:
    """The contract that the arguments or the configuration file name. Raises UsageError."""
    configuration = contract_configuration(arguments)
    return Contract.load(configuration.contract, profile=configuration.profile)


def print_inherited(configuration: Configuration) -> None:
    """Name a configuration file in a parent folder, since the user may not expect it."""
    if configuration.inherited:
        file = visible(str(configuration.inherited))
        print(f"Settings are taken from {file}.", file=sys.stderr, flush=True)
