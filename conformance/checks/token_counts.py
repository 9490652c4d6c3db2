"""Compares the token counts of each response of a run with those of the first response to the same input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conformance.engine import Evidence, Moment, Probe
from conformance.http_client import Exchange
from conformance.text import counted

from .answers import Answer

MAX_INPUTS = 20_000
"""Inputs whose counts are kept. The counts of further ones are not compared."""

MAX_DIFFERENCES = 10
"""Responses with other counts that are kept."""

EXPECTED = "the same number of prompt tokens, and of tokens in total, each time"


class Counts(NamedTuple):
    """The token counts of a response: of its prompt, and in total if it has that count."""

    prompt: int
    total: int | None


class First(NamedTuple):
    """The first response to an input: its counts, the description of its request, and when that was sent."""

    counts: Counts
    probe: str
    moment: Moment


class TokenCounts:
    """The token counts of each input of a run, and the responses with other counts for the same input."""

    def __init__(self) -> None:
        self._first: dict[bytes, First] = {}
        self._evidence: list[Evidence] = []

    def observe(self, exchange: Exchange, answer: Answer, key: bytes, probe: Probe, moment: Moment) -> None:
        """Compare the counts of a successful response. Requests with equal keys have the same input."""
        if answer.prompt_tokens is None:
            return
        counts = Counts(answer.prompt_tokens, answer.total_tokens)
        first = self._first.get(key)
        if first is None:
            if len(self._first) < MAX_INPUTS:
                self._first[key] = First(counts, probe.description, moment)
        elif counts != first.counts and len(self._evidence) < MAX_DIFFERENCES:
            wanted = f"{_described(first.counts)}, as for the same input in {first.moment} ({first.probe})"
            self._evidence.append(
                Evidence(wanted, f"{_described(counts)} in {moment}", exchange, probe.description)
            )

    def evidence(self) -> Sequence[Evidence]:
        """Evidence for the first responses with other counts."""
        return self._evidence


def _described(counts: Counts) -> str:
    in_total = "" if counts.total in (None, counts.prompt) else f" ({counts.total:,} in total)"
    return f"{counted(counts.prompt, 'prompt token')}{in_total}"
