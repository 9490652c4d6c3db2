"""The problems of a run of a client or a sample: pure functions of its result and the recorded requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from conformance import Contract
from tests.clients.processes import ProcessResult
from tests.clients.recorder import Call
from tests.clients.samples import Change, Sample
from tests.clients.vectors import expected, printed, wrong

LAST_LINES = 3


def embeddings_of(result: ProcessResult) -> list[Any]:
    """The embeddings that a program printed, as its caller got them; empty if it failed."""
    try:
        found = json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return []
    return found if isinstance(found, list) else []


def failures(result: ProcessResult, calls: Sequence[Call]) -> Iterator[str]:
    """Yield the problems of the process and of its requests."""
    for escape in result.escapes:
        yield f"it tried to connect outside loopback: {escape}"
    if result.code != 0:
        yield f"it result with {result.code}: {_last_lines(result.stderr)}"
    if len(calls) != 1:
        yield f"expected one request, found {len(calls)}"
    for call in calls:
        if call.status != HTTPStatus.OK:
            yield f"expected {HTTPStatus.OK.value}, found {call.status} for {call.method} {call.path}"


def wrong_vectors(
    result: ProcessResult, texts: Sequence[str], model: str, contract: Contract
) -> Iterator[str]:
    """Yield the problem if the caller of a client did not get the vectors of *texts*."""
    problem = wrong(embeddings_of(result), expected(texts, model, contract))
    if problem:
        yield problem


def wrong_print(result: ProcessResult, call: Call, sample: Sample, contract: Contract) -> Iterator[str]:
    """Yield the problems if *sample* did not send its own text, or did not print its vector."""
    body = json.loads(call.body)
    text, model = body["input"], body["model"]
    if f'"{text}"' not in sample.source or f'"{model}"' not in sample.source:
        yield f"expected the text and the model of the sample, found {text!r} and {model!r}"
    problem = wrong(printed(result.stdout), expected([text], model, contract))
    if problem:
        yield problem


def unneeded_change(change: Change, result: ProcessResult, calls: Sequence[Call]) -> Iterator[str]:
    """Yield the problem if a sample does not fail for the recorded reason; *result* is its run without *change*."""
    condition = f"without {change.becomes!r} for {change.text!r}"
    if not list(failures(result, calls)):
        yield f"it works {condition}; remove the change, and review the erratum {change.erratum}"
    elif change.fails_with not in result.stderr:
        found = _last_lines(result.stderr)
        yield f"{condition} expected it to fail with {change.fails_with!r}, found {found}"


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-LAST_LINES:]) or "nothing on standard error"
