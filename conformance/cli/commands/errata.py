"""List where the contract contradicts itself or its world, with the passages, and how each is resolved.

example: embeddings-conformance errata base64-answers
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from conformance.cli.console import print_lines
from conformance.config.settings import ConfigurationError
from conformance.contract import Erratum, closest, load_errata
from conformance.report import Line


def add_arguments(parser: ArgumentParser) -> None:
    """Add the id of an erratum."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the erratum to show (default: all)")


def main(given: Namespace) -> int:
    """Print the errata."""
    errata = {erratum.id: erratum for erratum in load_errata()}
    if given.id is not None and given.id not in errata:
        near = closest(given.id, errata)
        mend = f"; did you mean {near}?" if near else f"; one of {', '.join(errata)}"
        raise ConfigurationError("errata", "the id of an erratum", f"{given.id!r}{mend}")
    for erratum in errata.values() if given.id is None else [errata[given.id]]:
        print_lines(_lines(erratum))
    return 0


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
