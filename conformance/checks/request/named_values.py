"""Area ``request``: values that the target's error messages allow, but the contract's enumeration does not contain."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.context import Context
from conformance.engine import Check, Expect, Probe, ProbeResult, Send, send_concurrently
from conformance.generators.case import make_case

MAX_TRIED = 4
"""Values that are tried. A rejection may be long."""

QUOTED = re.compile(r"[\"'`]([A-Za-z][A-Za-z0-9_.-]{0,40})[\"'`]")
LISTED = re.compile(r"[,|/\[\](){}:;]|\bor\b|\band\b|\bof\b")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,40}")

EXTENSIONS = "request.additional-properties"
"""The requirement whose level says whether a target may accept more than the contract names."""


def with_named_values(context: Context, check: Check) -> Check:
    """*check*, which also tries the values that a rejection names beside those of the contract's enumeration."""
    name = _property_of(context, check)
    if name is None:
        return check

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = await send_concurrently(send, probes)
        known = context.contract.form.properties[name].node["enum"]
        sent = {str(probe.payload.get(name)) for probe in probes if isinstance(probe.payload, dict)}
        texts = [
            r.exchange.body.decode("utf-8", "replace") for r in results if 400 <= r.exchange.status < 500
        ]
        values = [v for v in named_values(texts, known) if v not in sent]
        tried = [_probe(context, check, name, value) for value in values[:MAX_TRIED]]
        return [*results, *await send_concurrently(send, tried)]

    return replace(check, procedure=procedure, extra=MAX_TRIED)


def named_values(bodies: Collection[str], known: Collection[str]) -> list[str]:
    """The words beside one of the *known* values, in a list or in quotation marks, in the texts of these *bodies*."""
    found: dict[str, None] = {}
    folded = {str(value).lower() for value in known}
    for body in bodies:
        for text in _texts(body):
            words = dict.fromkeys((*_listed(text), *QUOTED.findall(text)))
            if folded & {word.lower() for word in words}:
                found |= {word: None for word in words if word.lower() not in folded}
    return list(found)


def _listed(text: str) -> Iterator[str]:
    for part in LISTED.split(text):
        word = part.strip(" \t\r\n.\"'`")
        if WORD.fullmatch(word):
            yield word


def _texts(body: str) -> Iterator[str]:
    """The strings in a body of JSON, or the body itself."""
    try:
        yield from _strings(json.loads(body))
    except (ValueError, RecursionError):
        yield body


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _strings(child)
        if isinstance(value, list):
            yield ", ".join(item for item in value if isinstance(item, str))


def _property_of(context: Context, check: Check) -> str | None:
    """The property of the request whose enumeration *check* is about."""
    properties = context.contract.form.properties
    return next(
        (
            name
            for name, node in properties.items()
            if "enum" in node.node and node.id_of("enum") == check.requirement.id
        ),
        None,
    )


def _probe(context: Context, check: Check, name: str, value: str) -> Probe:
    """A request with a named value: it must be rejected, unless the profile lets the target add to the contract."""
    payload = {**json.loads(context.plain.body), name: value}
    case = make_case(
        context.contract, check.requirement.id, f"{name} {value}, which a rejection names", payload
    )
    extensions = context.contract.catalogue.get(EXTENSIONS)
    tolerated = extensions is not None and extensions.level == "may"
    return context.case_probe(case, Expect.EITHER if tolerated else Expect.REJECT)
