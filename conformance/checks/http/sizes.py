"""Area ``http``: request bodies of up to 4 MiB, filled mostly with data other than the text to embed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    Probe,
    ProbeResult,
    Send,
    judges_all,
)
from conformance.generators.case import encode_payload
from conformance.generators.sample_texts import sample_text
from conformance.http_client import FailureKind, Transport
from conformance.text import counted

KIB, MIB = 2**10, 2**20

SIZES = tuple(KIB * 4**power for power in range(7))
"""Bytes of the bodies: 1 KiB to 4 MiB."""

SIZES_OF_STRINGS = SIZES[1::2]
"""Bytes of the bodies that have one long string."""

REQUIRED = MIB
"""Bytes of the largest body that each target should accept."""

IN_FLIGHT = 64 * KIB
"""Bytes of a body of which a part may still be on its way when a server rejects it and closes the connection.

The connection is then reset, and the client can lose the response (RFC 9112, section 9.6).
"""

SLOW = 5.0
"""Seconds of an exchange after which no larger body is sent: the network may be slow."""

TEXTS, TEXT_BYTES = 100, 1000
"""A batch of paragraphs: what clients send that index documents."""

BELOW_LIMIT = 2
"""Texts fewer than the largest batch, which has requirements of its own."""

LETTER, ESCAPED_LETTER = b"a", b"\\u0061"

CLIENT_WAITS = Transport(expect_continue=True)

EXPECTATION_FAILED = 417

Ladder = Sequence[Probe]
"""Probes of growing size."""


def _no_crash(context: Context, requirement: Requirement) -> Check:
    @judges_all("200 or a 4xx for bodies of all sizes")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from filter(None, map(meets_expectation, _settled(results)))

    return _check(context, requirement, [*_ladders(context), *_ladders_of_strings(context)], judge)


def _accepted(context: Context, requirement: Requirement) -> Check:
    expected = f"200 for bodies of up to {_shown(REQUIRED)}"
    ladders = list(_ladders(context))
    alone = {probe.key: ladder[0].key for ladder in ladders for probe in ladder if probe.inputs > 1}

    @judges_all(expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        settled = [result for result in _settled(results) if meets_expectation(result) is None]
        if not settled:
            raise NothingToJudge("no body was accepted or rejected")
        accepted = {result.probe.key for result in settled if result.exchange.succeeded}
        for result in settled:
            is_excused = bool(result.excuse) and alone.get(result.probe.key) not in accepted
            if not result.exchange.succeeded and not is_excused and _size(result.probe) <= REQUIRED:
                yield evidence(result, expected)

    reduced = [ladder for ladder in ladders if ladder[-1].inputs > 1]
    check = _check(context, requirement, ladders, judge)
    return replace(check, reduced=_check(context, requirement, reduced, judge)) if reduced else check


def _check(context: Context, requirement: Requirement, ladders: Sequence[Ladder], judge: Judge) -> Check:
    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        return [result for ladder in ladders for result in await _climb(send, ladder)]

    probes = tuple(probe for ladder in ladders for probe in ladder)
    needs = context.needs_of(*([["a"]] if any(probe.inputs > 1 for probe in probes) else []))
    return Check(requirement, probes, judge, needs, procedure=procedure, extra=len(ladders))


async def _climb(send: Send, ladder: Ladder) -> list[ProbeResult]:
    """Send the probes up to the first one without a response, or with a slow one.

    If the connection broke while a large body was sent, the request is repeated once: the client waits with the body,
    so that it does not lose the response to the head.
    """
    results: list[ProbeResult] = []
    for probe in ladder:
        result = await send(probe)
        results.append(result)
        failure = result.exchange.failure
        if failure is not None and failure.kind is FailureKind.DROPPED and _size(probe) > IN_FLIGHT:
            waiting = replace(probe.request, transport=CLIENT_WAITS)
            description = f"{probe.description} and Expect: 100-continue"
            results.append(await send(replace(probe, description=description, request=waiting)))
        if failure is not None or result.exchange.status >= 500 or result.exchange.seconds > SLOW:
            break
    return results


def _settled(results: Sequence[ProbeResult]) -> Iterator[ProbeResult]:
    """The result for each body: the repeated one if it shows that the target rejects the body.

    Nothing for a body whose connection broke, if the target does not support the repeated request.
    """
    repeated = {
        result.probe.request.body: result
        for result in results
        if result.probe.request.transport == CLIENT_WAITS
    }
    for result in results:
        if result.probe.request.transport == CLIENT_WAITS:
            continue
        again = repeated.get(result.probe.request.body)
        if again is None or not 400 <= again.exchange.status < 500:
            yield result
        elif again.exchange.status != EXPECTATION_FAILED:
            yield again


def _ladders(context: Context) -> Iterator[Ladder]:
    """Bodies with whitespace, and a batch of long texts after the longest one of them alone."""
    body = context.plain.body
    yield [
        _probe(context, f"{_shown(size)} with whitespace", body[:1] + b" " * (size - len(body)) + body[1:])
        for size in SIZES
    ]
    if batch := long_paragraphs(context):
        yield batch


def long_paragraphs(context: Context) -> Ladder:
    """A long text alone, and a batch with it; nothing if batches cannot be sent."""
    with suppress(NotAllowed, NotSupported):
        count = context.batch_size(max(2, min(TEXTS, context.max_texts - BELOW_LIMIT)))
        texts = [
            sample_text(2000 + number, TEXT_BYTES // 6)[:TEXT_BYTES].rpartition(" ")[0]
            for number in range(count)
        ]
        shown = f"a batch of {counted(count, 'text')} of about {TEXT_BYTES:,} bytes"
        batch = context.input_probe(shown, texts)
        alone = context.input_probe(f"a text of about {TEXT_BYTES:,} bytes", max(texts, key=len))
        return [replace(probe, expect=Expect.EITHER) for probe in (alone, batch)]
    return []


def _ladders_of_strings(context: Context) -> Iterator[Ladder]:
    """Bodies with a long string, as it is and with escape sequences, for each property that may have one."""
    for name, most in _long_strings(context):
        for letter, what in ((LETTER, "a long"), (ESCAPED_LETTER, "escape sequences in a long")):
            start, end = encode_payload(json.loads(context.plain.body) | {name: ""})[:-2], b'"}'
            numbers = ((size, (size - len(start) - len(end)) // len(letter)) for size in SIZES_OF_STRINGS)
            yield [
                _probe(context, f"{_shown(size)} with {what} {name}", start + letter * number + end)
                for size, number in numbers
                if number <= most
            ]


def _long_strings(context: Context) -> Iterator[tuple[str, float]]:
    """The optional properties that have free text, with their maximum length."""
    root = context.contract.form
    for name, node in root.properties.items():
        is_free = node.type == "string" and not {"enum", "pattern", "format"} & node.node.keys()
        if name not in root.required and is_free and not context.capabilities.missing({name: "a"}):
            yield name, node.node.get("maxLength", float("inf"))


def _probe(context: Context, what: str, body: bytes) -> Probe:
    return context.plain_probe(f"a body of {what}", Expect.EITHER, body=body)


def _size(probe: Probe) -> int:
    assert isinstance(probe.request.body, bytes)
    return len(probe.request.body)


def _shown(size: int) -> str:
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"


CHECKS: Makers = {"http.size.no-crash": _no_crash, "http.size.accepted": _accepted}
