"""Checks that observe the exchanges of the whole run. They are concluded after all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .check import Check
from .conclusions import Conclusions
from .evidence import Evidence
from .judged import Gate
from .outcome import Outcome, Verdict
from .plan import Step
from .sender import Sender
from .suite import Suite


class Observing:
    """The checks of a *plan* that observe all exchanges. *gates* have the outcomes of their own requests."""

    def __init__(
        self,
        suite: Suite,
        plan: Sequence[Step],
        gates: Mapping[str, Gate],
        sender: Sender,
        conclusions: Conclusions,
    ) -> None:
        self._checks, self._found = suite.checks, suite.reader.found
        self._gates, self._transmission, self._conclusions = gates, sender.transmission, conclusions
        observing = [step.check for step in plan if step.check.observes is not None]
        ids = {check.requirement.id for check in observing}
        self._order = sorted(observing, key=lambda one: (one.last, bool(ids & set(one.needs))))
        self._of_connections = [step.check.requirement.id for step in plan if step.check.of_connections]

    def conclude(self, ended: str) -> None:
        """Conclude the checks, as far as they got. *ended* is the reason why the others got no further."""
        self._transmission.observe_connections()
        for check in self._order:
            id = check.requirement.id
            if id not in self._conclusions and id in self._gates:
                if self._gates[id].is_open:
                    self._conclusions.add(self._observed(check, self._gates[id].outcome))
                elif self._evidence(check):
                    unfinished = Outcome(check.requirement, Verdict.NOT_TESTED, ended)
                    self._conclusions.add(self._observed(check, unfinished))

    def _evidence(self, check: Check) -> Sequence[Evidence]:
        """What the run so far has shown of the fault that *check* observes: its own probes first, in their order."""
        assert check.observes is not None
        found = (*self._transmission.faults.of(check.observes), *self._found(check.observes))
        order = {probe.description: place for place, probe in enumerate(check.probes)}
        return sorted(found, key=lambda evidence: order.get(evidence.probe, len(order)))

    def _observed(self, check: Check, outcome: Outcome) -> Outcome:
        """The *outcome* of a check that observes the exchanges of the whole run, with what they show.

        If connections mix up responses, that explains what a check about the whole run has found.
        """
        found = self._evidence(check)
        known = {need: self._checks[need] for need in check.needs if need in self._checks}
        observing = [need for need, other in known.items() if other.observes is not None]
        if check.last:
            observing += self._of_connections
        explained = next(filter(None, map(self._conclusions.failure_of, observing)), None)
        if not found or outcome.verdict is Verdict.FAIL:
            return outcome
        if explained is not None:
            return self._conclusions.unjudged(check.requirement, explained)
        return replace(
            outcome, verdict=Verdict.FAIL, reason=found[0].reason, evidence=tuple(found), blocked_by=""
        )
