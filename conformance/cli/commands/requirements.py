"""List the requirements, or explain one: its level, where it is written, and an example of what is sent for it.

example: embeddings-conformance requirements request.encoding_format.enum
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from conformance.checks import EXPECTED, build_suite
from conformance.cli.console import print_lines
from conformance.config.headers import header_lines, headers_of
from conformance.config.settings import Configuration, ConfigurationError
from conformance.contract import LEVELS, Catalogue, Contract, Requirement, occasion, resolve
from conformance.reference import BASE_PATH, BYTES, default_credentials
from conformance.report import Line, Redactor, curl, source

from .shared import add_contract_arguments, load_contract

PLACE = f"http://127.0.0.1:8787{BASE_PATH}"
"""Where the example of a probe goes: the reference, as ``serve`` serves it."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what filters the list."""
    parser.add_argument(
        "id", nargs="?", metavar="ID", help="an id, to explain it; or a glob, to list those alike"
    )
    parser.add_argument("--level", choices=LEVELS, help="list those of this level")
    parser.add_argument("--area", metavar="AREA", help="list those of this area")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_contract_arguments(parser)


def main(given: Namespace) -> int:
    """Print the list, or the explanation."""
    contract = load_contract(given)
    found = _found(contract.catalogue, given)
    if given.format == "json":
        print(json.dumps([_as_dict(requirement) for requirement in found], indent=1))
    elif given.id in contract.catalogue:
        print_lines(_explained(contract, contract.catalogue[given.id]))
    else:
        print_lines(_listed(found))
    return 0


def _found(catalogue: Catalogue, given: Namespace) -> list[Requirement]:
    areas = {requirement.area for requirement in catalogue.values()}
    if given.area is not None and given.area not in areas:
        raise ConfigurationError("area", f"one of {', '.join(sorted(areas))}", repr(given.area))
    found = [
        requirement
        for requirement in catalogue.matching(given.id or "*")
        if given.level in (None, requirement.level) and given.area in (None, requirement.area)
    ]
    if not found:
        near = catalogue.closest(given.id or "")
        mend = f"; did you mean {near}?" if near else ""
        raise ConfigurationError("requirements", "an id, or a glob, of some", f"none for {given.id!r}{mend}")
    return found


def _as_dict(requirement: Requirement) -> Mapping[str, Any]:
    return {
        "id": requirement.id,
        "level": requirement.level,
        "area": requirement.area,
        "title": requirement.title,
        "source": requirement.source.as_dict(),
        "reason": requirement.reason,
        "when": requirement.when,
        "related": list(requirement.related),
    }


def _listed(found: list[Requirement]) -> Iterator[Line]:
    width = max(len(requirement.id) for requirement in found)
    for requirement in found:
        yield Line(f"{requirement.level:<6} {requirement.id:<{width}}  {requirement.title}")
    yield Line(f"{len(found)} in all", "bold")


def _explained(contract: Contract, requirement: Requirement) -> Iterator[Line]:
    yield Line(f"{requirement.id} ({requirement.level.upper()}, area {requirement.area})", "bold")
    yield Line(f"  {requirement.title}")
    yield Line(f"  Source: {requirement.source.kind}, {source(requirement.source.as_dict())}")
    yield from (Line(f"    {line}") for line in _passage(contract, requirement))
    if requirement.when:
        yield Line(f"  Tested where {occasion(requirement.when)}")
    if requirement.reason:
        yield Line(f"  Level: {requirement.reason}")
    if requirement.related:
        yield Line(f"  Related (one fault may break both): {', '.join(requirement.related)}")
    yield from _example(contract, requirement)


def _passage(contract: Contract, requirement: Requirement) -> list[str]:
    """What stands in the document where the requirement is written."""
    written = requirement.source
    if written.kind not in ("schema", "security"):
        return []
    node = resolve(contract.document, written.pointer)
    node = {written.keyword: node[written.keyword]} if written.keyword else node
    return yaml.safe_dump(node, sort_keys=False, width=100, allow_unicode=True).splitlines()


def _example(contract: Contract, requirement: Requirement) -> Iterator[Line]:
    lines = header_lines(contract, default_credentials(contract))
    headers = headers_of(Configuration(header=tuple(lines)))
    check = build_suite(contract, headers, tokenizer=BYTES).checks.get(requirement.id)
    if check is None or not check.probes:
        yield Line("  Its requests are made while a run goes on.")
        return
    probe, redactor = check.probes[0], Redactor(headers, contract.security)
    yield Line(f"  {len(check.probes)} requests are prepared for it. The first, {probe.description}:")
    yield Line(f"    {curl(probe.request, PLACE, redactor)}")
    yield Line(f"  Expected: {EXPECTED[probe.expect]}")
