"""Probes of recorded texts: each alone, in a batch and in base64, some of them again, some with fewer dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.context import Context
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.drift import Form, Snapshot, Text
from conformance.drift.sending import BATCH, batches_of, evenly_spread
from conformance.drift.truncation import LONG
from conformance.engine import Expect, Probe

AGAIN = 2
"""Further requests for some texts alone: if a target has several models in turn, they differ."""

LONGER = 4
"""Vectors of up to so many times the recorded length are read."""

LONG_VECTOR = 8_192
"""Vectors of this length are always read: another model may have much longer ones than a short recorded one."""


class StabilityProbes:
    """Builds the probes of each form, and knows the texts of each probe."""

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        self._context, self._snapshot = context, snapshot
        self._texts = [record.text for record in snapshot.records if record.vector is not None]
        self._made: dict[Form, tuple[Probe, ...]] = {}
        self.asked: dict[object, tuple[Form, Sequence[Text]]] = {}

    def of(self, form: Form) -> tuple[Probe, ...]:
        """The probes of *form*, always the same ones.

        Raises NotAllowed or NotSupported if the contract or the declared capabilities do not allow any of them.
        """
        if form not in self._made:
            self._made[form] = self._make(form)
        return self._made[form]

    def _make(self, form: Form) -> tuple[Probe, ...]:
        match form:
            case Form.SINGLE:
                return tuple(self._alone())
            case Form.BATCH:
                return tuple(self._batches(form, self._texts))
            case Form.BASE64:
                return tuple(self._batches(form, self._texts, encoding=Form.BASE64.value))
            case Form.DIMENSIONS:
                return tuple(self._shortened())

    def _alone(self) -> Iterator[Probe]:
        made = list(self._each(Form.SINGLE, self._texts))
        yield from made
        for time in range(AGAIN):
            for probe in evenly_spread(made):
                again = replace(probe, occurrence=("stability", time + 1))
                self._remember(again, *self.asked[probe.key])
                yield again

    def _batches(self, form: Form, texts: Sequence[Text], **options: Any) -> Iterator[Probe]:
        """The probes of *texts* in batches; of some texts alone if batches are not supported."""
        try:
            size = self._context.batch_size(min(BATCH, self._snapshot.batch))
        except (NotAllowed, NotSupported):
            if form is Form.BATCH:
                raise
            yield from self._each(form, evenly_spread(texts), **options)
            return
        possible = self._within_limits(texts)
        for is_long in (False, True):  # A target that rejects long texts rejects all texts of their batch.
            some = [text for text in possible if (text.kind == LONG) is is_long]
            for batch in batches_of(some, size):
                yield self._probe(form, batch, **options)

    def _shortened(self) -> Iterator[Probe]:
        texts = [text for text in self._texts if text.id in self._snapshot.shortened]
        yield from self._batches(Form.DIMENSIONS, texts, dimensions=self._snapshot.dimensions)

    def _each(self, form: Form, texts: Sequence[Text], **options: Any) -> Iterator[Probe]:
        reason: Exception | None = None
        sent = False
        for text in texts:
            try:
                yield self._probe(form, [text], **options)
                sent = True
            except (NotAllowed, NotSupported) as error:
                reason = reason or error
        if reason is not None and not sent:
            raise reason

    def _within_limits(self, texts: Sequence[Text]) -> list[Text]:
        """Those of *texts* that a request may have."""
        return [text for text in texts if self._context.can_send(text.text)]

    def _probe(self, form: Form, texts: Sequence[Text], **options: Any) -> Probe:
        """The probe of *texts*. The target may reject it: the check judges that."""
        values = [text.text for text in texts]
        named = self._context.roles.named(**options)
        shown = f"the recorded text {texts[0].id}" if len(texts) == 1 else f"{len(texts)} recorded texts"
        shown += f", {form}" if options else ""
        probe = self._context.input_probe(
            shown, values[0] if form is Form.SINGLE or len(values) == 1 else values, **named
        )
        probe = replace(probe, expect=Expect.EITHER, occurrence=("stability", 0))
        self._remember(probe, form, texts)
        return probe

    def _remember(self, probe: Probe, form: Form, texts: Sequence[Text]) -> None:
        self.asked[probe.key] = (form, texts)
        self._context.answers.keep_numbers(probe.request, max(LONGER * self._snapshot.length, LONG_VECTOR))
