"""Arguments that several sub-commands have, and the configuration that is made from these arguments."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance.config.contract import contract_of
from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure, file_line
from conformance.contract import Contract

CONTRACT_FILE = ("contract", "operation")
"""The options that name a document and its operation."""

CONTRACT_OPTIONS = (*CONTRACT_FILE, "profile")
"""The options that describe a contract."""


def add_target_url(parser: ArgumentParser) -> None:
    """Add the URL of a run, which may be missing."""
    parser.add_argument("url", nargs="?", metavar="URL", help="base URL of the target")


def add_options(
    parser: ArgumentParser, names: Iterable[str], *, default: str = "", helps: Mapping[str, str] = {}
) -> None:
    """Add those options of a run that *names* contains.

    *default* says what their defaults are, if these are others than in a run. *helps* replaces the help of some.
    """
    wanted = set(names)
    for option in OPTIONS:
        if option.name in wanted:
            settings = option.argument
            help = helps.get(option.name, settings["help"])
            settings["help"] = _with_default(help, default) if default else help
            parser.add_argument(f"--{option.name}", **settings)


def _with_default(help: str, default: str) -> str:
    """*help* with another default than that of a run."""
    text, _, note = help.removesuffix(")").rpartition(" (") if help.endswith(")") else (help, "", "")
    notes = [part for part in note.split("; ") if part and not part.startswith("default: ")]
    return f"{text} ({'; '.join([*notes, f'default: {default}'])})"


def add_verbose(parser: ArgumentParser, help: str = "also print the verdict for each requirement") -> None:
    """Add the option that prints each verdict of a run."""
    parser.add_argument("-v", "--verbose", action="store_true", help=help)


def add_contract_arguments(parser: ArgumentParser) -> None:
    """Add the options that name a contract, its operation and its profile."""
    add_options(parser, CONTRACT_OPTIONS)


def contract_configuration(arguments: Namespace) -> Configuration:
    """The contract, operation and profile that the arguments or the configuration file name. Raises UsageError."""
    configuration = configure({name: getattr(arguments, name) for name in CONTRACT_OPTIONS}, Path())
    not_given = [name for name in CONTRACT_OPTIONS if getattr(arguments, name) is None]
    if any(getattr(configuration, name) != getattr(Configuration(), name) for name in not_given):
        print_file(configuration)
    return Configuration(
        contract=configuration.contract,
        operation=configuration.operation,
        profile=configuration.profile,
    )


def load_contract(arguments: Namespace) -> Contract:
    """The contract that the arguments or the configuration file name. Raises UsageError."""
    configuration = contract_configuration(arguments)
    return contract_of(configuration)


def print_file(configuration: Configuration) -> None:
    """Name the configuration file that settings are taken from, and the settings that are not used."""
    if line := file_line(configuration):
        print(line, file=sys.stderr, flush=True)
