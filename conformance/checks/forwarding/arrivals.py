"""A gateway and the upstream that the suite plays for it: requests, and what of each arrives there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from secrets import token_hex
from typing import Any, Protocol

import numpy as np

from conformance.checks.context import Context, Headers
from conformance.checks.judges import evidence
from conformance.checks.meaning.tokens import KNOWN
from conformance.engine import (
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    describe,
)
from conformance.generators.sample_texts import text
from conformance.reference.mock_upstream.recording import Arrival, Script, Watched, Window
from conformance.validation import Base64Problem, decode_base64
from conformance.validation.embeddings import Vector

LENGTH = 12
"""Tokens of an array; so many letters are no other array's by chance."""

BATCH = 12
"""Texts of a batch; with more than ten, indices that are sorted as texts stand in another order."""

MAX_SHOWN = 120

Item = str | tuple[float, ...]
"""One input: a text, or the tokens of one."""


class Played(Watched, Protocol):
    """The upstream, as far as checks know it: ``address`` is where it listens, as HOST:PORT."""

    address: str


class Pair:
    """Makes requests whose inputs are no other's, in this run or before: no cache knows them."""

    def __init__(self, context: Context, upstream: Played) -> None:
        self.context, self.upstream = context, upstream
        self._mark, self._number = token_hex(4), 0

    def text(self) -> str:
        """Some words that nobody has sent before."""
        self._number += 1
        return f"{text(self._number, 5)} {self._mark}-{self._number}"

    def batch(self) -> list[str]:
        """BATCH such texts, or as many as the target takes at once."""
        return [self.text() for _ in range(self.context.several(BATCH))]

    def tokens(self) -> list[int]:
        """Tokens that every vocabulary has, in an order in which nobody has sent them before."""
        self._number += 1
        return Random(f"{self._mark} {self._number}").choices(KNOWN, k=LENGTH)

    def probe(
        self,
        description: str,
        value: object,
        *,
        script: Script = None,
        headers: Headers | None = None,
        **properties: object,
    ) -> Probe:
        """The probe of a valid request, sent alone, while the upstream answers as *script* says.

        Raises NotAdmitted if the contract does not admit it, NotSupported if the target does not support it.
        """
        probe = self.context.relating(description, value, **properties)
        if headers is not None:
            request = replace(probe.request, headers=(probe.request.headers[0], *headers))
            probe = replace(probe, request=request)
        expect = probe.expect if script is None or callable(script) else Expect.EITHER
        return replace(probe, expect=expect, scenario=Window(self.upstream, script))


def arrivals(answer: ProbeResult) -> list[Arrival]:
    """What arrived of the request that *answer* is to; what a gateway still owes to an earlier one is left out."""
    every = recorded(answer)
    sent = set(items(sent_payload(answer).get("input")))
    own = [arrival for arrival in every if sent & set(items(arrival.payload.get("input")))]
    return own or every


def recorded(answer: ProbeResult) -> list[Arrival]:
    """All that arrived while the request that *answer* is to was under way."""
    window = answer.probe.scenario
    assert isinstance(window, Window)
    return window.arrivals


def sent_payload(answer: ProbeResult) -> Mapping[str, Any]:
    """The payload of the request that *answer* is to."""
    body = answer.probe.request.body
    assert isinstance(body, bytes)
    payload: Mapping[str, Any] = json.loads(body)
    return payload


def items(value: Any) -> list[Item]:
    """The inputs in *value*: a text alone and an array of it are the same."""
    several = isinstance(value, list) and any(isinstance(item, str | list) for item in value)
    return [_item(item) for item in (value if several else [value])]


def _item(value: Any) -> Item:
    if isinstance(value, list) and all(isinstance(token, int | float) for token in value):
        return tuple(value)
    return value if isinstance(value, str) else json.dumps(value)


def judge_arrivals(look: Callable[[ProbeResult, Sequence[Arrival]], Evidence | None]) -> Judge:
    """A judge that looks at what arrived of each request.

    A request that the gateway refuses by itself shows nothing; one that it answers by itself is a failure.
    """

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        unshown = []
        for answer in answers:
            found = arrivals(answer)
            if found:
                yield from _some(look(answer, found))
            elif answer.exchange.status == 200:
                yield evidence(
                    answer, "the request at the upstream", found="200, although nothing arrived there"
                )
            else:
                unshown.append(answer)
        for answer in unshown:
            if answer.probe.expect is not Expect.EITHER or len(unshown) == len(answers):
                raise _unshown(answer)

    return judge


def _some(found: Evidence | None) -> Iterable[Evidence]:
    return () if found is None else (found,)


def _unshown(answer: ProbeResult) -> Exception:
    reason = (
        f"nothing arrived of a request with {answer.probe.description}, answered {describe(answer.exchange)}"
    )
    if answer.probe.expect is Expect.EITHER and 400 <= answer.exchange.status < 500:
        return NotObservable(reason)
    return NothingToJudge(reason)


def shown(value: object) -> str:
    """*value* as JSON, cut short."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]} ... ({len(written)} characters)"


def given_vectors(arrived: Iterable[Arrival]) -> dict[Item, Vector]:
    """The vector that the upstream gave for each input that arrived.

    Raises NothingToJudge where it refused what arrived: that was altered, which is said elsewhere.
    """
    found: dict[Item, Vector] = {}
    for arrival in arrived:
        if arrival.status != 200:
            raise NothingToJudge(f"the upstream answered {arrival.status} to what arrived")
        inputs = items(arrival.payload.get("input"))
        for entry in json.loads(arrival.answer)["data"]:
            found[inputs[entry["index"]]] = _vector(entry["embedding"])
    return found


def _vector(embedding: Any) -> Vector:
    decoded = decode_base64(embedding) if isinstance(embedding, str) else embedding
    assert not isinstance(decoded, Base64Problem)
    return np.asarray(decoded, dtype=np.float64)
