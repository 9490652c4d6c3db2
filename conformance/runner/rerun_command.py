"""The command line that repeats a run, whichever door it came through."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from conformance.config.options import OPTIONS
from conformance.config.settings import Configuration
from conformance.http_client.url import masked
from conformance.report import FORMATS, Redactor
from conformance.secret import Secret

PROGRAM = "embeddings-conformance"

NOT_REPEATED = frozenset({*FORMATS, "plan", "update_baseline"})
"""Keys of options that say what to do with a run, and change nothing about it."""

Headers = Sequence[tuple[str, Secret]]


def reproduction(configuration: Configuration, url: str, headers: Headers, redactor: Redactor) -> str:
    """The command of the run that *configuration* describes, quoted for a shell, with options off their default only.

    *url* is the target's as it may be shown. A credential stands there as ``env:NAME``: the variable that it was read
    from, or one named after the header of *headers* that carries it.
    """
    words = [PROGRAM, "run"]
    if configuration.url is not None and not configuration.embedded:
        words.append(url)
    words += _options(configuration, headers, redactor)
    return " ".join(shlex.quote(redactor.text(word)) for word in words)


def _options(configuration: Configuration, headers: Headers, redactor: Redactor) -> Iterator[str]:
    default = {field.name: field.default for field in fields(Configuration)}
    skipped = NOT_REPEATED | {"url"} | ({"header", "tokenizer"} if configuration.embedded else frozenset())
    for option in OPTIONS:
        value = getattr(configuration, option.key)
        if option.key in skipped or value == default[option.key]:
            continue
        values = _headers(headers, redactor) if option.key == "header" else _texts(option.key, value)
        for text in values:
            yield from (f"--{option.name}", text)


def _headers(headers: Headers, redactor: Redactor) -> Iterator[str]:
    for name, value in headers:
        shown = redactor.header(name, value)
        is_hidden = shown == value.shown
        yield f"{name}: {shown.replace(f'${value.variable}', f'env:{value.variable}') if is_hidden else shown}"


def _texts(key: str, value: Any) -> Iterator[str]:
    """The words that give *value*, as the command reads them."""
    match value:
        case tuple():
            yield from map(str, value)
        case float():
            yield f"{value:g}"
        case str() if key == "proxy":
            yield masked(value)
        case _:
            yield str(value)
