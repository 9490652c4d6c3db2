"""Record a target: each text alone three times, and twice in batches with different other texts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from random import Random

from conformance.drift import Form, Observation, Snapshot, Text, snapshot_of
from conformance.drift.sending import BATCH, batches_of, evenly_spread, shortened_length
from conformance.engine.preflight import UNTESTABLE, Unreachable
from conformance.http_client import Exchange, Target
from conformance.text import counted
from conformance.validation.semantic_rules import ENCODINGS

from .client import SnapshotClient
from .errors import NothingRecorded
from .requests import TextRequests

ALONE = 3
"""Requests for each text alone."""

SMALLER = 5
"""Texts in the second batches: each text then has other neighbors, and another place."""

PASSING = frozenset({401, 403, 429, 502, 503, 504})
"""Statuses that do not depend on the text."""

Progress = Callable[[int], None]
"""Called with the number of requests that were sent."""


@dataclass
class Recorder:
    """Sends the requests of a snapshot of *texts*, and collects the responses.

    ``redact`` masks credentials in texts of the target; ``shown_url`` is the URL without credentials.
    """

    client: SnapshotClient
    requests: TextRequests
    texts: Sequence[Text]
    shown_url: str
    redact: Callable[[str], str] = lambda text: text
    on_progress: Progress = lambda sent: None
    found: Observation = field(default_factory=Observation)
    encodings: list[str] = field(default_factory=list)
    batch: int = 1
    unanswered: dict[str, str] = field(default_factory=dict)

    async def record(self) -> Snapshot:
        """The snapshot. Raises Unreachable; NothingRecorded if no text gets a vector."""
        await self._first()
        await asyncio.gather(*(self._ask(Form.SINGLE, [text]) for text in self.texts))
        for _ in range(ALONE - 1):
            await asyncio.gather(
                *(self._ask(Form.SINGLE, [t]) for t in self.texts if t.id not in self.found.rejected)
            )
        self._require_answers()
        accepted = [text for text in self.texts if text.id in self.found.vectors[Form.SINGLE]]
        if not accepted:
            raise NothingRecorded(
                f"{self.shown_url}: no response has a vector that can be read; test the target with run"
            )
        await self._batches(accepted)
        dimensions = await self._shortened(accepted)
        await self._encodings(accepted[0])
        try:
            return snapshot_of(
                self.texts,
                self.found,
                suite=version("embeddings-conformance"),
                model=self._model,
                dimensions=dimensions,
                encodings=self.encodings,
                batch=self.batch,
            )
        except ValueError as error:
            raise NothingRecorded(f"{self.shown_url}: {error}; test the target with run") from None

    @property
    def _model(self) -> str | None:
        return self.requests.model if self.requests.plain.names_model else None

    async def _first(self) -> None:
        """Send the first text. Raises Unreachable, or NothingRecorded if it gets no success."""
        exchange = await self._send(Form.SINGLE, self.texts[:1])
        if exchange is None:
            raise NothingRecorded(
                "the contract does not allow a request with one text; give another contract"
            )
        require_success(exchange, self.shown_url, self.redact)
        self.found = Observation()

    async def _ask(self, form: Form, texts: Sequence[Text], **options: object) -> bool:
        """Send a request, and read its response. Returns whether it was a success."""
        exchange = await self._send(form, texts, **options)
        if exchange is not None and form is Form.SINGLE and (problem := _passing_problem(exchange)):
            self.unanswered.setdefault(texts[0].id, problem)
        return exchange is not None and self.requests.read(self.found, form, texts, exchange)

    def _require_answers(self) -> None:
        """Raise NothingRecorded if texts have no vector for a reason that may pass: they were not rejected."""
        lost = [why for id, why in self.unanswered.items() if id not in self.found.vectors[Form.SINGLE]]
        if lost:
            texts = counted(len(lost), "text")
            raise NothingRecorded(f"{self.shown_url}: {texts} got no answer ({lost[0]}); record again later")

    async def _send(self, form: Form, texts: Sequence[Text], **options: object) -> Exchange | None:
        make = (
            self.requests.request if form is Form.SINGLE or len(texts) == 1 else self.requests.batch_request
        )
        request = make(texts, **options)
        if request is None:
            return None
        exchange = await self.client.send(request)
        self.on_progress(self.client.sent)
        return exchange

    async def _batches(self, texts: Sequence[Text]) -> None:
        """Ask for batches twice: in the order of the texts, and shuffled, smaller ones."""
        orders = (batches_of(texts, BATCH), batches_of(Random(1).sample(texts, len(texts)), SMALLER))
        accepted = [
            await asyncio.gather(*(self._ask(Form.BATCH, batch) for batch in batches)) for batches in orders
        ]
        self.found.unread.pop(Form.BATCH, None)
        # The last batch of an order is smaller: a target may accept it only.
        for batches, successes in zip(orders, accepted, strict=True):
            sizes = (len(batch) for batch, success in zip(batches, successes, strict=True) if success)
            self.batch = max(self.batch, max(sizes, default=1))

    async def _shortened(self, texts: Sequence[Text]) -> int | None:
        """Ask for shorter vectors of some texts; the length, or None if the target does not return it."""
        length = shortened_length(self.found.vectors[Form.SINGLE][texts[0].id][0].size)
        if length is None:
            return None
        some = evenly_spread(texts)
        await asyncio.gather(*(self._ask(Form.DIMENSIONS, [text], dimensions=length) for text in some))
        found = self.found.vectors[Form.DIMENSIONS]
        if len(found) == len(some) and all(v.size == length for vectors in found.values() for v in vectors):
            return length
        found.clear()
        return None

    async def _encodings(self, text: Text) -> None:
        """Find the encodings that the target supports."""
        ignored = Observation()
        for encoding in ENCODINGS:
            request = self.requests.request([text], encoding=encoding)
            if request is not None and self.requests.read(
                ignored, Form.BASE64, [text], await self.client.send(request)
            ):
                self.encodings.append(encoding)


def _passing_problem(exchange: Exchange) -> str:
    """Why a request got no answer, if that says nothing about its text; empty otherwise."""
    if exchange.failure is not None:
        return exchange.failure.kind.value
    return f"status {exchange.status}" if exchange.status in PASSING else ""


def require_success(exchange: Exchange, shown_url: str, redact: Callable[[str], str]) -> None:
    """Raise Unreachable or NothingRecorded if a plain request got no success."""
    if exchange.failure is not None:
        if exchange.failure.kind in UNTESTABLE:
            raise Unreachable(exchange.failure.kind, redact(exchange.failure.detail), shown_url)
        raise NothingRecorded(f"{shown_url}: a plain request got no response ({exchange.failure.kind.value})")
    if not exchange.succeeded:
        fix = "check the credentials (--header), the model (--model) and the URL; discover finds the URL and the model"
        if exchange.status >= 500 or exchange.status == 429:
            fix = "the server is busy or fails; try again later"
        raise NothingRecorded(f"{shown_url}: a plain request got status {exchange.status}; {fix}")


async def record_snapshot(
    target: Target,
    requests: TextRequests,
    texts: Sequence[Text],
    *,
    shown_url: str,
    redact: Callable[[str], str] = lambda text: text,
    on_progress: Progress = lambda sent: None,
) -> Snapshot:
    """Record the vectors of *texts*. Raises Unreachable, NothingRecorded."""
    async with target:
        recorder = Recorder(SnapshotClient(target), requests, texts, shown_url, redact, on_progress)
        return await recorder.record()
