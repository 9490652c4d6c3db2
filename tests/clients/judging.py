"""What was not right about a run of a client or a sample: pure functions of how it ended and what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from conformance import Contract
from tests.clients.processes import Ended
from tests.clients.recorder import Call
from tests.clients.samples import Change, Sample
from tests.clients.vectors import expected, printed, wrong

LAST_LINES = 3


def embeddings_of(ended: Ended) -> list[Any]:
    """What a program of ours printed: the embeddings as its caller got them; none where it failed."""
    try:
        found = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return []
    return found if isinstance(found, list) else []


def failures(ended: Ended, calls: Sequence[Call]) -> Iterator[str]:
    """Why there may be no answer to look at."""
    for escape in ended.escapes:
        yield f"it tried to leave loopback: {escape}"
    if ended.code != 0:
        yield f"it ended with {ended.code}: {_last_lines(ended.stderr)}"
    if len(calls) != 1:
        yield f"expected one request, found {len(calls)}"
    for call in calls:
        if call.status != HTTPStatus.OK:
            yield f"expected {HTTPStatus.OK.value}, found {call.status} for {call.method} {call.path}"


def wrong_vectors(ended: Ended, texts: Sequence[str], model: str, contract: Contract) -> Iterator[str]:
    """Whether the caller of a client got the vectors of *texts*."""
    problem = wrong(embeddings_of(ended), expected(texts, model, contract))
    if problem:
        yield problem


def wrong_print(ended: Ended, call: Call, sample: Sample, contract: Contract) -> Iterator[str]:
    """Whether *sample* sent its own text, and printed the vector of that."""
    body = json.loads(call.body)
    text, model = body["input"], body["model"]
    if f'"{text}"' not in sample.source or f'"{model}"' not in sample.source:
        yield f"expected to be asked for what the sample says, found {text!r} and {model!r}"
    problem = wrong(printed(ended.stdout), expected([text], model, contract))
    if problem:
        yield problem


def unneeded(change: Change, ended: Ended, calls: Sequence[Call]) -> Iterator[str]:
    """Whether a sample still fails, and for the known reason, *ended* being its run without *change*."""
    without = f"without {change.becomes!r} for {change.text!r}"
    if not list(failures(ended, calls)):
        yield f"it works {without}: the client was mended; take the change out, and see to the erratum {change.erratum}"
    elif change.fails_with not in ended.stderr:
        found = _last_lines(ended.stderr)
        yield f"{without} expected it to fail with {change.fails_with!r}, found {found}"


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-LAST_LINES:]) or "nothing on standard error"
