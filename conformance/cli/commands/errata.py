"""List known contradictions of the contract, with their resolutions.

With --contract, the command lists the defects of that document: invalid parts, and what the suite uses in their place.

example: embeddings-conformance errata base64-responses
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from conformance.cli.arguments import add_contract_arguments, load_contract
from conformance.cli.console import print_lines
from conformance.contract import Contract, Erratum, closest_name, load_errata
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.text import Line, counted


def add_arguments(parser: ArgumentParser) -> None:
    """Add the id of an erratum."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the erratum to show (default: all)")
    add_contract_arguments(parser)


def main(arguments: Namespace) -> int:
    """Print the errata, or the defects of the contract that the user names."""
    if arguments.contract is not None and arguments.id is not None:
        raise ConfigurationError(
            "errata", "only the included document has ids; leave out the id or --contract"
        )
    if arguments.contract is not None:
        print_lines(_defects(load_contract(arguments)))
        return Exit.OK
    errata = {erratum.id: erratum for erratum in load_errata()}
    if arguments.id is not None and arguments.id not in errata:
        near = closest_name(arguments.id, errata)
        fix = f"did you mean {near}?" if near else f"use one of {', '.join(errata)}"
        raise ConfigurationError("errata", f"unknown id {arguments.id!r}; {fix}")
    for erratum in errata.values() if arguments.id is None else [errata[arguments.id]]:
        print_lines(_lines(erratum))
    return Exit.OK


def _defects(contract: Contract) -> Iterator[Line]:
    yield Line(
        f"{contract.method.upper()} {contract.path}: {counted(len(contract.defects), 'defect')}", "bold"
    )
    for defect in contract.defects:
        yield Line(f"  {defect.pointer or '/'}")
        yield Line(f"    {defect.problem}; {defect.reading}")


def _lines(erratum: Erratum) -> Iterator[Line]:
    yield Line(f"{erratum.id}: {erratum.title}", "bold")
    for passage in erratum.passages:
        yield Line(f"  {passage.pointer or passage.source}")
        yield Line(f"    {passage.quote}")
        if passage.link is not None:
            yield Line(f"    {passage.link}")
    yield Line(f"  Resolution: {erratum.resolution}")
    if erratum.actions:
        yield Line(f"  Actions of the overlay: {', '.join(erratum.actions)}")
    yield Line("")
