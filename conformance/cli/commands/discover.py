"""Examine a target, and write a configuration file for it.

At most 60 requests are sent, one after the other. Most are small; the largest body has 4 MiB. The file states what was
found and what was guessed.

example: embeddings-conformance discover http://127.0.0.1:8787/v1 --header 'Authorization: Bearer env:API_KEY'
"""

from __future__ import annotations

import asyncio
import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path

from conformance.cli.arguments import CONTRACT_FILE, add_options
from conformance.cli.console import print_lines
from conformance.cli.output_files import write_output
from conformance.config.contract import contract_of
from conformance.config.file import OWN_FILE
from conformance.config.headers import command_header, headers_of
from conformance.config.options import Configuration
from conformance.config.settings import configure
from conformance.discovery import (
    Basis,
    Discovery,
    DiscoveryOptions,
    Finding,
    base_url_of,
    discover,
    given_finding,
    toml_document,
)
from conformance.errors import ConfigurationError
from conformance.exit_codes import Exit
from conformance.report import Redactor
from conformance.runner.inputs import open_target, secrets_in_urls, with_parameters
from conformance.secret import Secret
from conformance.text import Line, clip, counted

RUN_OPTIONS = (*CONTRACT_FILE, "parameter", "header", "timeout", "ca", "cert", "proxy")
"""Options of a run that this command has too."""

STYLES = {Basis.FOUND: "", Basis.GUESSED: "yellow", Basis.GIVEN: "dim"}

FROM_ENVIRONMENT = "env:"
"""The beginning of a value that is in the environment."""

Headers = Sequence[tuple[str, Secret]]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the URL, the options for the connection, and the file to write."""
    parser.add_argument("url", metavar="URL", help="base URL of the target")
    add_options(parser, RUN_OPTIONS)
    parser.add_argument("--model", metavar="NAME", help="model to request (default: discover chooses one)")
    parser.add_argument(
        "--profile", metavar="NAME|PATH", help="profile to write to the file (default: discover chooses one)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        default=Path(OWN_FILE),
        help=f"file to write (default: {OWN_FILE})",
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")


def main(arguments: Namespace) -> int:
    """Examine the target, write the file, and print a summary of it."""
    if arguments.output.exists() and not arguments.force:
        raise ConfigurationError(
            "output", f"{arguments.output} exists; choose another file, or overwrite it with --force"
        )
    values = {key: getattr(arguments, key) for key in (*RUN_OPTIONS, "model", "profile")}
    contract = contract_of(configure(values, None))
    configuration = configure({**values, "url": base_url_of(arguments.url, contract.path)}, None)
    configuration, parameters = with_parameters(configuration, contract)
    headers = headers_of(configuration)
    secrets = [*headers, *secrets_in_urls(configuration)]
    secrets += [(name, value) for name, value in parameters.items() if isinstance(value, Secret)]
    redactor = Redactor(secrets, contract.security)
    target = open_target(configuration)
    options = DiscoveryOptions(
        url=configuration.url or "",
        shown_url=target.description["url"],
        headers=headers,
        model=arguments.model,
        profile=arguments.profile,
        timeout=configuration.timeout,
        redact=redactor.text,
        contract=contract if configuration.contract is not None else None,
        parameters=parameters,
    )
    discovery = asyncio.run(discover(target, options))
    findings = [*_contract_findings(configuration, arguments, parameters)]
    findings += _findings(discovery, configuration, headers, redactor, arguments)
    write_output("output", arguments.output, toml_document(findings, _head(options.shown_url, discovery)))
    print_lines(_summary(options.shown_url, discovery, findings))
    print_lines(_next_steps(configuration, headers, redactor, arguments.output))
    return Exit.OK


def _contract_findings(
    configuration: Configuration, arguments: Namespace, parameters: Mapping[str, str]
) -> Iterator[Finding]:
    """The contract, its operation and the values of its parameters, without those that may be secret."""
    if configuration.contract is not None:
        folder = arguments.output.resolve().parent
        yield given_finding("with --contract", "contract", relpath(configuration.contract, folder))
    if configuration.operation is not None:
        yield given_finding("with --operation", "operation", configuration.operation)
    for text in configuration.parameter:
        name, _, value = text.partition("=")
        if isinstance(parameters.get(name.strip()), Secret) and not value.startswith(FROM_ENVIRONMENT):
            yield given_finding(
                f"the value of the parameter {name} may be secret, so it is not written: give it to run"
            )
        else:
            yield given_finding("with --parameter, or in the URL", "parameter", text)


def _findings(
    discovery: Discovery,
    configuration: Configuration,
    headers: Headers,
    redactor: Redactor,
    arguments: Namespace,
) -> Iterator[Finding]:
    """The findings, and the settings from the command line. None of them contains a credential."""
    for finding in discovery.findings:
        if finding.key == "url" and _url_has_secret(configuration):
            yield given_finding("the URL may contain a credential, so it is not written: give it to run")
        else:
            yield finding
        if finding.key == ("profile" if configuration.contract is None else "url"):
            texts = configuration.header
            yield from (given_finding(*_header(*one, redactor)) for one in zip(texts, headers, strict=True))
    if arguments.timeout is not None and not any(finding.key == "timeout" for finding in discovery.findings):
        yield given_finding("with --timeout", "timeout", configuration.timeout)
    for key in ("ca", "cert"):
        if (file := getattr(configuration, key)) is not None:
            yield given_finding(f"with --{key}", key, relpath(file, arguments.output.resolve().parent))
    if _proxy_has_secret(configuration):
        yield given_finding(
            "the proxy's URL contains a password, so it is not written: give it to run with --proxy"
        )
    elif configuration.proxy is not None:
        yield given_finding("with --proxy", "proxy", configuration.proxy)


def _url_has_secret(configuration: Configuration) -> bool:
    return any(secrets_in_urls(replace(configuration, proxy=None)))


def _proxy_has_secret(configuration: Configuration) -> bool:
    return any(secrets_in_urls(replace(configuration, url=None)))


def _header(text: str, header: tuple[str, Secret], redactor: Redactor) -> tuple[str, str, str]:
    """Reason, key and value of the setting of a header, which the user wrote as *text*."""
    name, value = header
    if _is_read_by_command(text, redactor):
        return "with --header; a command prints its value", "header", text
    shown = redactor.header(name, value)
    if shown != value.shown:
        return "with --header", "header", f"{name}: {value}"
    written = shown.replace(f"${value.variable}", f"env:{value.variable}")
    where = (
        "is read from the environment"
        if "env:" in text
        else "is not written: export the variable before a run"
    )
    return f"from --header; the value {where}", "header", f"{name}: {written}"


def _is_read_by_command(text: str, redactor: Redactor) -> bool:
    """Whether a command prints the value of the header in *text*, and does not have the credential itself."""
    return command_header(text) is not None and redactor.text(text) == text


def _head(shown_url: str, discovery: Discovery) -> Iterator[str]:
    today = datetime.now(UTC).date().isoformat()
    requests = counted(discovery.requests, "request")
    yield f"Written by embeddings-conformance discover, {today}, after {requests} to {shown_url}."
    yield "found: observed in a response. guessed: likely, please check it. given: from your command line."


def _summary(shown_url: str, discovery: Discovery, findings: Sequence[Finding]) -> Iterator[Line]:
    for finding in findings:
        has_setting = finding.key not in ("", "url")
        setting = f"{finding.key} {finding.value}: " if has_setting else ""
        yield Line(clip(f"{finding.basis:<8} {setting}{finding.sentence}"), STYLES[finding.basis])
    yield Line("")
    yield Line(f"{shown_url}: {counted(discovery.requests, 'request')}, one after the other", "bold")


def _next_steps(
    configuration: Configuration, headers: Headers, redactor: Redactor, output: Path
) -> Iterator[Line]:
    """The file, the environment variables that it needs and that are not set, and the command that uses it."""
    yield Line(f"Configuration: {output}")
    for text, (name, value) in zip(configuration.header, headers, strict=True):
        _, _, written = _header(text, (name, value), redactor)
        if value.variable and f"env:{value.variable}" in written and os.environ.get(value.variable) is None:
            yield Line(f"Before a run, export {value.variable}: the value of the header {name}")
    words = ["embeddings-conformance", "run"]
    if _url_has_secret(configuration):
        words.append("URL")
    if _proxy_has_secret(configuration):
        words += ["--proxy", "URL"]
    if output.name != OWN_FILE:
        yield Line(f"Rename the file: a run only reads {OWN_FILE}, in its folder or a parent folder")
    elif output.resolve().parent != Path.cwd():
        words = ["cd", shlex.quote(str(output.parent)), "&&", *words]
    yield Line(f"Next: {' '.join(words)}")
