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
    """The token counts of a response; None for a count that it does not have."""

    prompt: int | None
    total: int | None


class TokenCounts:
    """The token counts of each input of a run, and the responses with other counts for the same input."""

    def __init__(self) -> None:
        self._first: dict[bytes, tuple[Counts, Moment]] = {}
        self._evidence: list[Evidence] = []

    def observe(self, exchange: Exchange, answer: Answer, key: bytes, probe: Probe, moment: Moment) -> None:
        """Compare the counts of a successful response. Requests with equal keys have the same input."""
        counts = Counts(answer.prompt_tokens, answer.total_tokens)
        if None in counts:
            return
        if key not in self._first:
            if len(self._first) < MAX_INPUTS:
                self._first[key] = counts, moment
            return
        first, began = self._first[key]
        if counts != first and len(self._evidence) < MAX_DIFFERENCES:
            wanted = f"{_described(first)}, as in the first response to this input, from {began}"
            found = f"{_described(counts)} in {moment}"
            self._evidence.append(Evidence(wanted, found, exchange, probe.description))

    def evidence(self) -> Sequence[Evidence]:
        """Evidence for the first responses with other counts."""
        return self._evidence


def _described(counts: Counts) -> str:
    prompt, total = counts
    assert prompt is not None
    in_total = "" if prompt == total else f" ({total:,} in total)"
    return f"{counted(prompt, 'prompt token')}{in_total}"
