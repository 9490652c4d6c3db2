"""Ask a target a few things, and write a configuration file that says what was found and what was guessed.
It sends at most some 60 small requests, one after the other.

example: embeddings-conformance discover http://127.0.0.1:8787/v1 --header 'Authorization: env:API_KEY'
"""

from __future__ import annotations

import asyncio
import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path

from conformance.cli.console import print_lines
from conformance.config.file import OWN_FILE
from conformance.config.headers import headers_of
from conformance.config.options import OPTIONS
from conformance.config.settings import Configuration, ConfigurationError, configure
from conformance.contract import Contract
from conformance.discovery import Basis, Discovery, Finding, Wanted, cut, discover, document, given
from conformance.report import Line, Redactor, clip
from conformance.runner.atomic_write import write_text
from conformance.runner.opening import description_of, open_target, secrets_in_urls
from conformance.secret import Secret

from .run import add_run_options

TAKEN = ("header", "timeout", "ca", "cert", "proxy")
"""Options of a run that are this command's too."""

STYLES = {Basis.FOUND: "", Basis.GUESSED: "yellow", Basis.GIVEN: "dim"}

Headers = Sequence[tuple[str, Secret]]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the URL, how to reach it, and the file to write."""
    add_run_options(parser, except_for={option.name for option in OPTIONS} - {*TAKEN})
    parser.add_argument("--model", metavar="NAME", help="the model to ask for (default: found out)")
    parser.add_argument("--profile", metavar="NAME|PATH", help="the profile to write (default: found out)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", default=Path(OWN_FILE), help=f"default: {OWN_FILE}"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def main(said: Namespace) -> int:
    """Ask, write the file, and say what stands in it."""
    if said.url is None:
        raise ConfigurationError("discover", "the base URL of a target", "none")
    _refuse_present(said.output, force=said.force)
    values = {key: getattr(said, key) for key in (*TAKEN, "model", "profile")}
    configuration = configure({**values, "url": cut(said.url, Contract.load().path)}, None)
    headers = headers_of(configuration)
    secrets = [*headers, *secrets_in_urls(configuration)]
    redactor = Redactor(secrets, Contract.load(profile=said.profile or configuration.profile).security)
    wanted = Wanted(
        url=configuration.url or "",
        shown=description_of(configuration, None)["url"],
        headers=headers,
        model=said.model,
        profile=said.profile,
        timeout=configuration.timeout,
        hide=redactor.text,
    )
    discovery = asyncio.run(discover(open_target(configuration), wanted))
    findings = list(_settings(discovery, configuration, headers, redactor, said))
    _write(said.output, document(findings, _head(wanted.shown, discovery)))
    print_lines(_summary(wanted.shown, discovery, findings))
    print_lines(_next_steps(configuration, headers, said.output))
    return 0


def _refuse_present(file: Path, *, force: bool) -> None:
    if file.exists() and not force:
        raise ConfigurationError("output", "a file that is not there yet, or --force", str(file))


def _write(file: Path, text: str) -> None:
    try:
        write_text(file, text)
    except OSError as error:
        raise ConfigurationError(
            "output", "a file that can be written", f"{file}: {error.strerror}"
        ) from None


def _settings(
    discovery: Discovery, configuration: Configuration, headers: Headers, redactor: Redactor, said: Namespace
) -> Iterator[Finding]:
    """What was discovered, with what the user said between it; nothing that may be secret stands in it as it is."""
    for finding in discovery.findings:
        if finding.key == "url" and any(secrets_in_urls(replace(configuration, proxy=None))):
            yield given("the URL may hold a credential: it is not written, but given to run")
        else:
            yield finding
        if finding.key == "profile":
            yield from (given(*_header(name, value, redactor)) for name, value in headers)
    if said.timeout is not None and not any(finding.key == "timeout" for finding in discovery.findings):
        yield given("with --timeout", "timeout", configuration.timeout)
    for key in ("ca", "cert"):
        if (file := getattr(configuration, key)) is not None:
            yield given(f"with --{key}", key, relpath(file, said.output.resolve().parent))
    if configuration.proxy is not None:
        if any(secrets_in_urls(replace(configuration, url=None))):
            yield given("the proxy's URL holds a password: it is not written, but given to run with --proxy")
        else:
            yield given("with --proxy", "proxy", configuration.proxy)


def _header(name: str, value: Secret, redactor: Redactor) -> tuple[str, str, str]:
    """Why, key and value of a header's setting."""
    shown = redactor.header(name, value)
    if shown != value.shown:
        return "with --header", "header", f"{name}: {value}"
    written = shown.replace(f"${value.variable}", f"env:{value.variable}")
    return "with --header; its value is read from the environment", "header", f"{name}: {written}"


def _head(shown: str, discovery: Discovery) -> Iterator[str]:
    today = datetime.now(UTC).date().isoformat()
    yield f"Written by embeddings-conformance discover, {today}, after {discovery.requests} requests to {shown}."
    yield "found: an exchange showed it. guessed: likely; look at it. given: you said so."


def _summary(shown: str, discovery: Discovery, findings: Sequence[Finding]) -> Iterator[Line]:
    for finding in findings:
        setting = f"{finding.key} {finding.value}: " if finding.key else ""
        setting = "" if finding.key == "url" else setting
        yield Line(clip(f"{finding.basis:<8} {setting}{finding.sentence}"), STYLES[finding.basis])
    yield Line("")
    yield Line(f"{shown}: {discovery.requests} requests, one after the other", "bold")


def _next_steps(configuration: Configuration, headers: Headers, output: Path) -> Iterator[Line]:
    """The file, what it reads from the environment that is not there yet, and the command that takes it up."""
    yield Line(f"Configuration: {output}")
    for name, value in headers:
        if value.variable and os.environ.get(value.variable) is None:
            yield Line(f"Export {value.variable} before a run: the value of the header {name}")
    words = ["embeddings-conformance", "run"]
    if any(secrets_in_urls(replace(configuration, proxy=None))):
        words.append("URL")
    if any(secrets_in_urls(replace(configuration, url=None))):
        words += ["--proxy", "URL"]
    if output.name != OWN_FILE:
        yield Line(f"A run reads the file of the name {OWN_FILE}, in its folder or above: give it that name")
    elif output.resolve().parent != Path.cwd():
        words = ["cd", shlex.quote(str(output.parent)), "&&", *words]
    yield Line(f"Next: {' '.join(words)}")
