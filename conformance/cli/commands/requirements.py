"""List the requirements, or explain one.

The explanation has the level, the source, an example of a request, and the expected result.

example: embeddings-conformance requirements request.encoding_format.enum
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml

from conformance.checks import OTHER_TENANT, SNAPSHOT, UPSTREAM
from conformance.checks.stability import expected_of
from conformance.cli.arguments import add_contract_arguments, contract_configuration
from conformance.cli.console import print_lines
from conformance.config.contract import contract_of
from conformance.config.headers import header_lines
from conformance.config.options import Configuration
from conformance.config.parameters import parameter_lines
from conformance.contract import (
    LEVELS,
    SEVERITIES,
    SOURCE_KINDS,
    Catalogue,
    Contract,
    Requirement,
    resolve_pointer,
    shipped_capabilities,
)
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.reference import BYTES, default_credentials
from conformance.report import curl_command, source_line
from conformance.runner.inputs import load_inputs
from conformance.runner.prepare import prepare_run
from conformance.text import Line

ORIGIN = "http://127.0.0.1:8787"
"""The target of the example: the reference server, as ``serve`` starts it."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the filters of the list."""
    parser.add_argument(
        "id", nargs="?", metavar="ID", help="an id, to explain it; or a glob, to list the ids that match"
    )
    parser.add_argument("--level", choices=LEVELS, help="list only the requirements of this level")
    parser.add_argument("--area", metavar="AREA", help="list only the requirements of this area")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="output format (default: text)"
    )
    add_contract_arguments(parser)


def main(arguments: Namespace) -> int:
    """Print the list, or the explanation."""
    configuration = contract_configuration(arguments)
    contract = contract_of(configuration)
    found = _find(contract.catalogue, arguments)
    if arguments.format == "json":
        print(json.dumps([_as_dict(requirement) for requirement in found], indent=1))
    elif arguments.id in contract.catalogue:
        print_lines(_explanation(contract, contract.catalogue[arguments.id], configuration))
    else:
        print_lines((*_roles(contract, configuration), *_list(found)))
    return Exit.OK


def _find(catalogue: Catalogue, arguments: Namespace) -> list[Requirement]:
    areas = {requirement.area for requirement in catalogue.values()}
    if arguments.area is not None and arguments.area not in areas:
        raise ConfigurationError(
            "area", f"unknown area {arguments.area!r}; use one of {', '.join(sorted(areas))}"
        )
    found = [
        requirement
        for requirement in catalogue.matching(arguments.id or "*")
        if arguments.level in (None, requirement.level) and arguments.area in (None, requirement.area)
    ]
    if not found:
        what = repr(arguments.id) if arguments.id else "these filters"
        near = catalogue.closest(arguments.id or "")
        fix = f"did you mean {near}?" if near else "without arguments, this command lists all ids"
        raise ConfigurationError("requirements", f"no requirement matches {what}; {fix}")
    return found


def _as_dict(requirement: Requirement) -> Mapping[str, Any]:
    return {
        "id": requirement.id,
        "level": requirement.level,
        "severity": requirement.severity,
        "since": requirement.since,
        "area": requirement.area,
        "title": requirement.title,
        "source": requirement.source.as_dict(),
        "reason": requirement.reason,
        "when": requirement.when,
        "related": list(requirement.related),
        "roles": list(requirement.roles),
    }


def _list(found: list[Requirement]) -> Iterator[Line]:
    width = max(len(requirement.id) for requirement in found)
    for requirement in found:
        yield Line(f"{requirement.level:<6} {requirement.id:<{width}}  {requirement.title}")
    yield Line(f"{len(found)} in total", "bold")


def _roles(contract: Contract, configuration: Configuration) -> Iterator[Line]:
    """The names that the user's own contract gives to the properties that the suite sends and reads."""
    if configuration.contract is None:
        return
    found = contract.roles.as_dict()
    width = max(map(len, found))
    yield Line("roles of properties", "bold")
    for role, name in found.items():
        shown = "none" if name is None else name or "the value itself"
        yield Line(f"  {role:<{width}}  {shown}")
    if contract.roles.vector is None:
        yield Line(
            "No vectors are compared: the document describes no list of vectors, and no single vector."
        )


def _explanation(
    contract: Contract, requirement: Requirement, configuration: Configuration
) -> Iterator[Line]:
    yield Line(f"{requirement.id} ({requirement.level.upper()}, area {requirement.area})", "bold")
    yield Line(f"  {requirement.title}")
    yield Line(f"  Severity: {requirement.severity} ({SEVERITIES[requirement.severity]})")
    kind = SOURCE_KINDS[requirement.source.kind]
    yield Line(f"  Source: {kind}, {source_line(requirement.source.as_dict())}")
    yield from (Line(f"    {line}") for line in _passage(contract, requirement))
    if requirement.when:
        options = " or ".join(option for option, _ in _conditions(requirement.when))
        yield Line(f"  Tested only with {options}.")
    if requirement.reason:
        yield Line(f"  Reason: {requirement.reason}")
    if requirement.related:
        yield Line(f"  Related (the same fault may make them fail): {', '.join(requirement.related)}")
    yield from _example(contract, requirement, configuration)


def _passage(contract: Contract, requirement: Requirement) -> list[str]:
    """The part of the document that states the requirement, as YAML."""
    written = requirement.source
    if written.kind not in ("schema", "security"):
        return []
    node = resolve_pointer(contract.document, written.pointer)
    node = {written.keyword: node[written.keyword]} if written.keyword else node
    return yaml.safe_dump(node, sort_keys=False, width=100, allow_unicode=True).splitlines()


def _conditions(when: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The options that make a run test a requirement under the condition *when*: as written, and as a setting."""
    if when == UPSTREAM:
        yield "--upstream", {"upstream": "HOST:PORT"}
        return
    if when == OTHER_TENANT:
        yield "--other-header", {}
        return
    if when == SNAPSHOT:
        yield "--snapshot", {}
        return
    capability = shipped_capabilities()[when.removeprefix("without ")]
    if capability.needed_by is not None:
        yield f"--unsupported {capability.name}", {"unsupported": (capability.name,)}
    if capability.beyond is not None:
        yield f"--limit {capability.name}=N", {"limit": (f"{capability.name}=100",)}


def _example(contract: Contract, requirement: Requirement, configuration: Configuration) -> Iterator[Line]:
    """The first request of the check, and the response that it expects."""
    if requirement.when == SNAPSHOT:
        yield Line("  Requests: the texts of the snapshot.")
        yield Line(f"  Expected: {expected_of(requirement.id)}")
        return
    headers = tuple(header_lines(contract, default_credentials(contract)))
    values, url = parameter_lines(contract), ORIGIN + contract.base_path
    configuration = replace(
        configuration, url=url, header=headers, parameter=values, tokenizer=BYTES, only=()
    )
    if requirement.when == OTHER_TENANT:
        configuration = replace(configuration, other_header=tuple(f"{line}-2" for line in headers))
    elif requirement.when:
        _, setting = next(_conditions(requirement.when))
        configuration = replace(configuration, **setting)
    prepared = prepare_run(load_inputs(configuration), [requirement.id])
    check = prepared.suite.checks.get(requirement.id)
    if check is None:
        return
    if check.probes:
        probe, number = check.probes[0], len(check.probes)
        which = f"Requests: {number}. The first one" if number > 1 else "Request"
        yield Line(f"  {which} ({probe.description}):")
        yield Line(f"    {curl_command(probe.request, url, prepared.redactor)}")
    else:
        yield Line("  Requests: created during a run.")
    yield Line(f"  Expected: {check.expected}")
