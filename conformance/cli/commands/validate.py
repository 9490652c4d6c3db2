"""Validate requests or responses in a file.

The file is JSON, JSONL (one payload in each line) or HAR. The exit code is 1 if a payload is not valid.

example: embeddings-conformance validate response response.json --request request.json
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from tempfile import TemporaryFile
from typing import TextIO

from conformance.cli.arguments import add_contract_arguments, load_contract
from conformance.cli.console import print_lines
from conformance.cli.payload_files import FORMATS, STANDARD_INPUT, Payload, PayloadFile, open_payloads
from conformance.contract import LEVELS, Contract
from conformance.errors import ConfigurationError
from conformance.text import Line, visible
from conformance.validation import UnreadableRequest, Violation, validate_request, validate_response

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
    parser.add_argument(
        "kind",
        choices=("request", "response"),
        metavar="{request,response}",
        help="what the file contains",
    )
    parser.add_argument("file", metavar="FILE", help="the file, or - for the standard input")
    parser.add_argument(
        "--request",
        metavar="FILE",
        help="file with the requests, in the order of the responses; each response is compared with its request",
    )
    parser.add_argument(
        "--input", choices=FORMATS, help="format of the file (default: from its suffix or its content)"
    )
    parser.add_argument(
        "--level",
        choices=LEVELS,
        default="must",
        help="violations of this level or a higher one make the command fail (default: must)",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="output format (default: text)"
    )
    add_contract_arguments(parser)


def main(arguments: Namespace) -> int:
    """Print the violations."""
    contract = load_contract(arguments)
    write = _write_json if arguments.format == "json" else _write_lines
    counts: Counter[bool] = Counter()
    with TemporaryFile(
        "w+", encoding="utf-8", errors="surrogatepass"
    ) as output:  # an error prints nothing else
        for payload in _payloads(arguments, contract):
            result = _validate(payload, arguments.kind, contract)
            write(output, result)
            counts[result.fails(arguments.level)] += 1
        if not counts:
            raise ConfigurationError(arguments.file, f"contains no {arguments.kind} to validate")
        output.seek(0)
        if arguments.format == "json":
            _print_json(output)
        else:
            print_lines(chain(map(_line, output), [_summary(counts)]))
    return int(counts[True] > 0)


def _payloads(arguments: Namespace, contract: Contract) -> Iterator[Payload]:
    if arguments.file == arguments.request == STANDARD_INPUT:
        raise ConfigurationError(
            "request", "the standard input already contains the responses; give the name of a file"
        )
    with open_payloads(arguments.file) as file:
        yield from _payloads_in(file, arguments, contract)


def _payloads_in(file: PayloadFile, arguments: Namespace, contract: Contract) -> Iterator[Payload]:
    format = arguments.input or file.format
    if format == "har":
        if arguments.request is not None:
            raise ConfigurationError(
                "request", "a HAR file already contains the requests; leave --request out"
            )
        exchanges = file.exchanges(contract)
        yield from (exchange for exchange in exchanges if getattr(exchange, arguments.kind) is not None)
    elif arguments.kind == "request":
        if arguments.request is not None:
            raise ConfigurationError("request", "only 'validate response' has this option; leave it out")
        yield from (Payload(place, request=body) for place, body in file.payloads(format))
    elif arguments.request is None:
        yield from (Payload(place, response=body) for place, body in file.payloads(format))
    else:
        with open_payloads(arguments.request) as requests:
            yield from _pairs(file.payloads(format), requests)


def _pairs(responses: Iterator[tuple[str, bytes]], file: PayloadFile) -> Iterator[Payload]:
    """The responses, each with the request at its place in *file*, which must have as many."""
    counts = [0, 0]
    for response, request in zip_longest(responses, file.payloads(file.format)):
        counts = [counts[0] + (request is not None), counts[1] + (response is not None)]
        if response is not None and request is not None:
            yield Payload(response[0], request[1], response[1])
    if counts[0] != counts[1]:
        found = f"there are {counts[0]} and {counts[1]}"
        raise ConfigurationError(file.name, f"must contain one request for each response; {found}")


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


def _write_json(output: TextIO, result: Validated) -> None:
    print(json.dumps(_as_dict(result)), file=output)


def _print_json(output: TextIO) -> None:
    """Print the documents in the lines of *output* as one array."""
    separator = "["
    for line in output:
        document = json.dumps(json.loads(line), indent=1).replace("\n", "\n ")
        print(f"{separator}\n {document}", end="")
        separator = ","
    print("\n]")


def _write_lines(output: TextIO, result: Validated) -> None:
    for violation in result.violations:
        text = f"{violation.level.upper()} {violation.requirement}: {visible(violation.message)}"
        print(json.dumps([f"{result.place}: {text}", STYLES.get(violation.level, "")]), file=output)


def _line(written: str) -> Line:
    text, style = json.loads(written)
    return Line(text, style)


def _summary(counts: Counter[bool]) -> Line:
    return Line(f"{counts[False]} of {counts.total()} valid", "bold" if counts[True] else "green")
