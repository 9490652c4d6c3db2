"""Validate requests or answers in a file: JSON, JSONL (one a line) or HAR. The exit code is 1 where one is not valid.

example: embeddings-conformance validate response answer.json --request request.json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.cli.console import print_lines
from conformance.cli.payload_files import FORMS, Item, form_of, har_items, payloads
from conformance.config.settings import ConfigurationError
from conformance.contract import LEVELS, Contract
from conformance.report import Line, visible
from conformance.validation import UnreadableRequest, Violation, validate_request, validate_response

from .shared import add_contract_arguments, load_contract

STANDARD_INPUT = "-"
STYLES = {"must": "red", "should": "yellow"}


@dataclass(frozen=True, slots=True)
class Validated:
    """A payload's place, and what is wrong with it."""

    place: str
    violations: list[Violation]

    def fails(self, level: str) -> bool:
        """Whether a violation is of *level*, or of one above it."""
        return any(LEVELS.index(v.level) <= LEVELS.index(level) for v in self.violations)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the kind of payload, and its file."""
    parser.add_argument("kind", choices=("request", "response"), help="what the file holds")
    parser.add_argument("file", metavar="FILE", help="the file, - for the standard input")
    parser.add_argument(
        "--request", metavar="FILE", help="the requests that the answers are to: relations are checked too"
    )
    parser.add_argument(
        "--input", choices=FORMS, help="form of the file (default: by its suffix, or what it looks like)"
    )
    parser.add_argument(
        "--level", choices=LEVELS, default="must", help="which violations fail (default: must)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_contract_arguments(parser)


def main(given: Namespace) -> int:
    """Print what is wrong."""
    contract = load_contract(given)
    found = [_validated(item, given.kind, contract) for item in _items(given, contract)]
    if not found:
        raise ConfigurationError(given.file, f"a {given.kind} to validate", "none")
    if given.format == "json":
        print(json.dumps([_as_dict(one) for one in found], indent=1))
    else:
        print_lines(_lines(found, given.level))
    return int(any(one.fails(given.level) for one in found))


def _items(given: Namespace, contract: Contract) -> Iterator[Item]:
    if given.file == given.request == STANDARD_INPUT:
        raise ConfigurationError(
            "request",
            "a file, as the standard input can be read only once, and is the file of answers",
            STANDARD_INPUT,
        )
    content = _read(given.file)
    form = given.input or form_of(given.file, content)
    if form == "har":
        if given.request is not None:
            raise ConfigurationError(
                "request", "no file of requests beside HAR, which holds them", given.request
            )
        exchanges = har_items(given.file, content, contract)
        yield from (item for item in exchanges if getattr(item, given.kind) is not None)
        return
    bodies = list(payloads(given.file, content, form))
    if given.kind == "request":
        if given.request is not None:
            raise ConfigurationError("request", "answers to go with it", "requests")
        yield from (Item(place, request=body) for place, body in bodies)
        return
    requests = _requests(given.request, len(bodies))
    yield from (Item(place, sent, body) for (place, body), sent in zip(bodies, requests, strict=True))


def _requests(file: str | None, number: int) -> list[bytes | None]:
    """The requests in *file*, one for each of so many answers; None for each without a file."""
    if file is None:
        return [None] * number
    content = _read(file)
    found: list[bytes | None] = [body for _, body in payloads(file, content, form_of(file, content))]
    if len(found) != number:
        raise ConfigurationError(
            file, f"one request for each answer, {number} in all", f"{len(found) or 'none'}"
        )
    return found


def _read(file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ConfigurationError(file, "a file that can be read", str(error.strerror)) from None


def _validated(item: Item, kind: str, contract: Contract) -> Validated:
    if kind == "request":
        return Validated(item.place, validate_request(item.request, contract=contract))
    try:
        return Validated(item.place, validate_response(item.response, item.request, contract=contract))
    except UnreadableRequest as error:
        raise ConfigurationError(item.place, "a request that is a JSON object", error.found) from None


def _as_dict(one: Validated) -> dict[str, object]:
    fields = ("level", "requirement", "pointer", "expected", "found", "message")
    violations = [{name: getattr(violation, name) for name in fields} for violation in one.violations]
    return {"place": one.place, "violations": violations}


def _lines(found: list[Validated], level: str) -> Iterator[Line]:
    for one in found:
        for violation in one.violations:
            said = f"{violation.level.upper()} {violation.requirement}: {visible(violation.message)}"
            yield Line(f"{one.place}: {said}", STYLES.get(violation.level, ""))
    valid = sum(not one.fails(level) for one in found)
    yield Line(f"{valid} of {len(found)} valid", "green" if valid == len(found) else "bold")
