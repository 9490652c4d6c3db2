"""Validate requests or responses in a file.

The file is JSON, JSONL (one payload in each line) or HAR. The exit code is 1 if a payload is not valid.

example: embeddings-conformance validate response response.json --request request.json
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.cli.arguments import add_contract_arguments, load_contract
from conformance.cli.console import print_lines
from conformance.cli.payload_files import FORMATS, Payload, format_of, har_payloads, read_payloads
from conformance.contract import LEVELS, Contract
from conformance.errors import ConfigurationError
from conformance.report import Line, visible
from conformance.validation import UnreadableRequest, Violation, validate_request, validate_response

STANDARD_INPUT = "-"
STYLES = {"must": "red", "should": "yellow"}


@dataclass(frozen=True, slots=True)
class Validated:
    """A payload's place in its file, and its violations."""

    place: str
    violations: list[Violation]

    def fails(self, level: str) -> bool:
        """Whether a violation has *level*, or a higher one."""
        return any(LEVELS.index(v.level) <= LEVELS.index(level) for v in self.violations)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the kind of payload, and its file."""
    parser.add_argument("kind", choices=("request", "response"), help="what the file contains")
    parser.add_argument("file", metavar="FILE", help="the file, or - for the standard input")
    parser.add_argument(
        "--request",
        metavar="FILE",
        help="the requests of the responses, to check the relations between them too",
    )
    parser.add_argument(
        "--input", choices=FORMATS, help="format of the file (default: from its suffix or its content)"
    )
    parser.add_argument(
        "--level", choices=LEVELS, default="must", help="lowest level of violations that fail (default: must)"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="output format (default: text)"
    )
    add_contract_arguments(parser)


def main(arguments: Namespace) -> int:
    """Print the violations."""
    contract = load_contract(arguments)
    results = [_validate(payload, arguments.kind, contract) for payload in _payloads(arguments, contract)]
    if not results:
        raise ConfigurationError(arguments.file, f"contains no {arguments.kind} to validate")
    if arguments.format == "json":
        print(json.dumps([_as_dict(result) for result in results], indent=1))
    else:
        print_lines(_lines(results, arguments.level))
    return int(any(result.fails(arguments.level) for result in results))


def _payloads(arguments: Namespace, contract: Contract) -> Iterator[Payload]:
    if arguments.file == arguments.request == STANDARD_INPUT:
        raise ConfigurationError(
            "request", "the standard input already contains the responses; give the name of a file"
        )
    content = _read(arguments.file)
    format = arguments.input or format_of(arguments.file, content)
    if format == "har":
        if arguments.request is not None:
            raise ConfigurationError(
                "request", "a HAR file already contains the requests; leave --request out"
            )
        exchanges = har_payloads(arguments.file, content, contract)
        yield from (exchange for exchange in exchanges if getattr(exchange, arguments.kind) is not None)
        return
    bodies = list(read_payloads(arguments.file, content, format))
    if arguments.kind == "request":
        if arguments.request is not None:
            raise ConfigurationError("request", "only 'validate response' has this option; leave it out")
        yield from (Payload(place, request=body) for place, body in bodies)
        return
    requests = _requests(arguments.request, len(bodies))
    yield from (Payload(place, sent, body) for (place, body), sent in zip(bodies, requests, strict=True))


def _requests(file: str | None, number: int) -> list[bytes | None]:
    """The requests in *file*, which must be *number*; without a file, as many times None."""
    if file is None:
        return [None] * number
    content = _read(file)
    requests: list[bytes | None] = [
        body for _, body in read_payloads(file, content, format_of(file, content))
    ]
    if len(requests) != number:
        raise ConfigurationError(
            file, f"must contain one request for each response; there are {len(requests)} and {number}"
        )
    return requests


def _read(file: str) -> bytes:
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ConfigurationError(file, f"cannot be read: {error.strerror}") from None


def _validate(payload: Payload, kind: str, contract: Contract) -> Validated:
    if kind == "request":
        return Validated(payload.place, validate_request(payload.request, contract=contract))
    try:
        violations = validate_response(payload.response, payload.request, contract=contract)
    except UnreadableRequest as error:
        raise ConfigurationError(
            payload.place, f"its request must be a JSON object, not {error.found}"
        ) from None
    return Validated(payload.place, violations)


def _as_dict(result: Validated) -> dict[str, object]:
    fields = ("level", "requirement", "pointer", "expected", "found", "message")
    violations = [{name: getattr(violation, name) for name in fields} for violation in result.violations]
    return {"place": result.place, "violations": violations}


def _lines(results: list[Validated], level: str) -> Iterator[Line]:
    for result in results:
        for violation in result.violations:
            text = f"{violation.level.upper()} {violation.requirement}: {visible(violation.message)}"
            yield Line(f"{result.place}: {text}", STYLES.get(violation.level, ""))
    valid = sum(not result.fails(level) for result in results)
    yield Line(f"{valid} of {len(results)} valid", "green" if valid == len(results) else "bold")
