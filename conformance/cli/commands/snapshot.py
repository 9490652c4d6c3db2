"""Record the vectors of a target, or check some of them against a snapshot.

A snapshot has a vector for each of about 180 included texts, and states how much the vectors of one text differ from
request to request. A run with --snapshot FILE tells whether the vectors are still the same. With --check, the command
requests the vectors of twelve texts again, and exits with 1 if you must compute your stored vectors again.

example: embeddings-conformance snapshot http://127.0.0.1:8787/v1 -o before.json --header 'NAME: env:VARIABLE'
"""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from conformance.cli.arguments import CONTRACT_FILE, add_options
from conformance.cli.output_files import write_output
from conformance.config.contract import contract_of
from conformance.config.headers import headers_of
from conformance.config.options import Configuration
from conformance.config.settings import configure
from conformance.contract.contract import ANY_MODEL
from conformance.drift import (
    MAX_NAME,
    Grade,
    Snapshot,
    packaged_texts,
    read_snapshot,
    read_texts,
    snapshot_text,
)
from conformance.drift.sentences import check_sentence, recorded_sentence
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Target
from conformance.report import Redactor
from conformance.runner.inputs import open_target, secrets_in_urls, with_parameters
from conformance.secret import Secret
from conformance.snapshot import TextRequests, check_some, record_snapshot
from conformance.text import counted, visible

RUN_OPTIONS = (
    *CONTRACT_FILE,
    "parameter",
    "header",
    "model",
    "timeout",
    "ca",
    "cert",
    "proxy",
    "snapshot-tolerance",
    "max-seconds",
)
"""Options of a run that this command has too."""

MAX_SECONDS = 60.0
"""The longest time of a check, unless the option max-seconds is given."""


class Connection(NamedTuple):
    """A target, the requests to it, its URL without credentials, and what masks credentials in its texts."""

    configuration: Configuration
    target: Target
    requests: TextRequests
    shown_url: str
    redactor: Redactor


def add_arguments(parser: ArgumentParser) -> None:
    """Add the URL, the options for the connection, and the files."""
    parser.add_argument("url", metavar="URL", help="base URL of the target")
    files = parser.add_mutually_exclusive_group(required=True)
    files.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="record a snapshot, and write it to this file"
    )
    files.add_argument("--check", type=Path, metavar="FILE", help="check twelve texts against this snapshot")
    parser.add_argument(
        "--texts",
        type=Path,
        metavar="FILE",
        help='JSONL file with your own texts, which are recorded too; each line is an object such as {"text": "..."},'
        " which may also have the keys id and kind (a name that groups the texts in reports)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing snapshot")
    time = (
        f"time limit in seconds; after it, the exit code is 2 (default: none; with --check, {MAX_SECONDS:g})"
    )
    add_options(parser, RUN_OPTIONS, helps={"max-seconds": time})


def main(arguments: Namespace) -> int:
    """Record a snapshot, or check one."""
    if arguments.check is not None:
        return _check(arguments)
    output: Path = arguments.output
    if output.exists() and not arguments.force:
        raise ConfigurationError(
            "output", f"{output} exists; choose another file, or overwrite it with --force"
        )
    if not output.absolute().parent.is_dir():
        raise ConfigurationError(
            "output", f"{output.parent} is not a folder; create it, or choose another file"
        )
    texts = packaged_texts()
    texts += read_texts(arguments.texts, texts) if arguments.texts is not None else ()
    connection = _connect(arguments)
    if len(connection.requests.model) > MAX_NAME:
        raise ConfigurationError("model", f"a snapshot has at most {MAX_NAME:,} characters for a model")
    if connection.configuration.snapshot_tolerance is not None:
        raise ConfigurationError("snapshot-tolerance", "is for a comparison; leave it out without --check")
    seconds = connection.configuration.max_seconds
    recording = record_snapshot(
        connection.target,
        connection.requests,
        texts,
        shown_url=connection.shown_url,
        redact=connection.redactor.text,
        on_progress=_print_progress,
    )
    try:
        snapshot = asyncio.run(asyncio.wait_for(recording, seconds))
    except TimeoutError:
        _print_progress(0)
        print(f"out of time: nothing is recorded after {seconds:g} s; raise --max-seconds")
        return Exit.INTERRUPTED
    _print_progress(0)
    snapshot = _without_secrets(snapshot, connection.redactor.text)
    write_output("output", output, snapshot_text(snapshot))
    print(recorded_sentence(snapshot, connection.shown_url, output))
    return Exit.OK


def _check(arguments: Namespace) -> int:
    """Ask a dozen texts again, and print one line. A timeout ends with the exit code of an interruption."""
    for option in ("texts", "force"):
        if getattr(arguments, option):
            raise ConfigurationError(option, "is for recording a snapshot; leave it out with --check")
    snapshot = read_snapshot(arguments.check)
    connection = _connect(arguments, snapshot)
    seconds = connection.configuration.max_seconds or MAX_SECONDS
    try:
        comparison = asyncio.run(
            asyncio.wait_for(
                check_some(
                    connection.target,
                    connection.requests,
                    snapshot,
                    shown_url=connection.shown_url,
                    redact=connection.redactor.text,
                    tolerance=connection.configuration.snapshot_tolerance,
                ),
                seconds,
            )
        )
    except TimeoutError:
        print(f"out of time: no complete answer within {seconds:g} s; raise --max-seconds")
        return Exit.INTERRUPTED
    print(visible(check_sentence(comparison)))
    return Exit.NONCONFORMANT if comparison.grade is Grade.RE_EMBED else Exit.OK


def _connect(arguments: Namespace, snapshot: Snapshot | None = None) -> Connection:
    """The target that the arguments name. Without another one, the model is that of the *snapshot*."""
    values = {key.replace("-", "_"): getattr(arguments, key.replace("-", "_")) for key in RUN_OPTIONS}
    configuration: Configuration = configure({**values, "url": arguments.url}, None)
    contract = contract_of(configuration)
    configuration, parameters = with_parameters(configuration, contract)
    headers = headers_of(configuration)
    secrets = [*headers, *secrets_in_urls(configuration)]
    secrets += [(name, value) for name, value in parameters.items() if isinstance(value, Secret)]
    target = open_target(configuration)
    plain = PlainRequests(
        contract, urlsplit(configuration.url or "").path.rstrip("/"), tuple(headers), parameters
    )
    model = (
        configuration.model or (snapshot.model if snapshot else None) or contract.default_model or ANY_MODEL
    )
    redactor = Redactor(secrets, contract.security)
    return Connection(configuration, target, TextRequests(plain, model), target.description["url"], redactor)


def _without_secrets(snapshot: Snapshot, redact: Callable[[str], str]) -> Snapshot:
    """*snapshot* without credentials: the target may repeat one in the name of its model."""
    model, reported = (
        redact(name) if name is not None else None for name in (snapshot.model, snapshot.reported)
    )
    return replace(snapshot, model=model, reported=reported)


def _print_progress(sent: int) -> None:
    """Show the number of requests on a terminal; 0 removes the line."""
    if sys.stderr.isatty():
        print("\r\033[K" + (counted(sent, "request") if sent else ""), end="", file=sys.stderr, flush=True)
