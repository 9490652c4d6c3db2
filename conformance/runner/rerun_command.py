"""The command line that repeats a run of any front end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.config.options import OPTIONS, Configuration
from conformance.http_client.url import masked_url
from conformance.reference import BYTES
from conformance.report import Redactor
from conformance.secret import Secret

PROGRAM = "embeddings-conformance"

Headers = Sequence[tuple[str, Secret]]


def rerun_command(
    configuration: Configuration, url: str, headers: Headers, redactor: Redactor, others: Headers = ()
) -> str:
    """The command of the run with *configuration*, quoted for a shell, without options that have their default.

    *url* is the target's URL without secrets. A credential is written as ``env:NAME``, with the variable that it was
    read from, or a variable named after its header. *others* are the headers of another tenant.
    """
    words = [PROGRAM, "run"]
    if configuration.url is not None and not configuration.embedded:
        words.append(url)
    words += _options(configuration, {"header": headers, "other_header": others}, redactor)
    return " ".join(shlex.quote(redactor.text(word)) for word in words)


def _options(
    configuration: Configuration, headers: Mapping[str, Headers], redactor: Redactor
) -> Iterator[str]:
    skipped = {"url", *headers} if configuration.embedded else {"url"}
    if configuration.embedded and configuration.tokenizer == BYTES:
        skipped.add("tokenizer")
    for option in OPTIONS:
        value = getattr(configuration, option.key)
        if option.output_only or option.key in skipped or value == option.default:
            continue
        given = headers.get(option.key)
        values = _texts(option.key, value) if given is None else _headers(given, redactor)
        for text in values:
            yield from (f"--{option.name}", text)


def _headers(headers: Headers, redactor: Redactor) -> Iterator[str]:
    for name, value in headers:
        shown = redactor.header(name, value)
        is_hidden = shown == value.shown
        yield f"{name}: {shown.replace(f'${value.variable}', f'env:{value.variable}') if is_hidden else shown}"


def _texts(key: str, value: Any) -> Iterator[str]:
    """The words for *value* that the command reads as the same value."""
    match value:
        case tuple():
            yield from map(str, value)
        case float():
            yield f"{value:g}"
        case str() if key == "proxy":
            yield masked_url(value)
        case _:
            yield str(value)
