"""The responses to the probes of recorded texts, and their comparison with the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from conformance.checks.answers import Answers
from conformance.drift import Comparison, Form, Observation, Snapshot, compare_snapshot
from conformance.engine import ProbeResult

from .probes import StabilityProbes


@dataclass
class Study:
    """Collects the results of all checks of the area.

    ``tolerance`` is the user's, or None. ``results`` are those of the whole run, by the key of their probe.
    """

    snapshot: Snapshot
    probes: StabilityProbes
    answers: Answers
    tolerance: float | None = None
    results: dict[object, ProbeResult] = field(default_factory=dict)
    _last: tuple[tuple[int, ...], tuple[ProbeResult, ...], Comparison] | None = None

    def observe(self, results: Iterable[ProbeResult]) -> Observation:
        """What *results* show. A response that is no success has no vectors.

        A rejected batch, or form, is left out: the target may limit the texts or tokens of a batch, and that is no
        other vector.
        """
        found = Observation()
        for result in results:
            form, texts = self.probes.asked[result.probe.key]
            ids = [text.id for text in texts]
            exchange = result.exchange
            if 400 <= exchange.status < 500:
                if form is Form.SINGLE:
                    found.rejected[ids[0]] = exchange.status
                continue
            answer = self.answers.of(exchange)
            found.add(form, ids, answer.numbers if exchange.succeeded else None)
            tokens = answer.prompt_tokens
            if form is Form.SINGLE and exchange.succeeded and tokens is not None:
                found.tokens.setdefault(ids[0], tokens)
        return found

    def compare(self, results: Sequence[ProbeResult]) -> Comparison:
        """Compare *results* with the snapshot, and keep them for the comparison of the whole run."""
        exchanges = tuple(id(result.exchange) for result in results)
        if self._last is None or self._last[0] != exchanges:
            for result in results:
                self.results.setdefault(result.probe.key, result)
            found = compare_snapshot(self.snapshot, self.observe(results), self.tolerance)
            self._last = exchanges, tuple(results), found
        return self._last[2]

    def whole(self) -> Comparison | None:
        """The comparison of all results of the run; None without any."""
        found = self.observe(self.results.values())
        return compare_snapshot(self.snapshot, found, self.tolerance) if any(found.vectors.values()) else None
