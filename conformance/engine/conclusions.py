"""The outcomes of a run so far, and which failed requirement is the cause of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from conformance.contract import Catalogue, Requirement

from .check import FaultKind
from .conditions import CRASH, NOT_ALONE, UNSTABLE, request_before
from .evidence import BESIDE
from .judged import Judged, root_of
from .outcome import Outcome, Verdict

OnOutcome = Callable[[Outcome], None]

NOT_BY_STATE = "security"
"""The severity of failures that remain failures of their own, whatever the condition is."""


class Conclusions:
    """The outcomes by requirement id. *responsible* are the ids of the requirements that kinds of faults violate."""

    def __init__(
        self,
        catalogue: Catalogue,
        selected: Collection[str],
        responsible: Mapping[str, str],
        on_outcome: OnOutcome,
    ) -> None:
        self._catalogue, self._selected, self._responsible = catalogue, selected, responsible
        self._on_outcome = on_outcome
        self._outcomes: dict[str, Outcome] = {}

    def __contains__(self, id: str) -> bool:
        return id in self._outcomes

    def add(self, outcome: Outcome) -> None:
        """Add the outcome of a requirement, and announce it."""
        id = outcome.requirement.id
        self._outcomes[id] = outcome
        if id in self._selected:
            self._on_outcome(outcome)

    def replace(self, outcome: Outcome) -> None:
        """Replace an outcome by one with more evidence."""
        self._outcomes[outcome.requirement.id] = outcome

    def failure_of(self, id: str) -> Outcome | None:
        """The outcome of the requirement *id* if it has failed."""
        outcome = self._outcomes.get(id)
        return outcome if outcome is not None and outcome.verdict is Verdict.FAIL else None

    def counts(self) -> Counter[Verdict]:
        """The number of selected requirements with each verdict; safe to call from any thread."""
        return Counter(
            o.verdict for o in tuple(self._outcomes.values()) if o.requirement.id in self._selected
        )

    def failures(self) -> Sequence[Outcome]:
        """The outcomes of the selected requirements that have failed; safe to call from any thread."""
        known = tuple(self._outcomes.values())
        return [o for o in known if o.verdict is Verdict.FAIL and o.requirement.id in self._selected]

    def complete(self, ended: str) -> dict[str, Outcome]:
        """One outcome for each requirement of the catalogue; *ended* is the reason why others were not reached."""
        return {
            id: self._outcomes.get(id)
            or Outcome(requirement, Verdict.NOT_TESTED, ended if id in self._selected else "not selected")
            for id, requirement in self._catalogue.items()
        }

    def unjudged(self, requirement: Requirement, need: Outcome) -> Outcome:
        """The outcome of *requirement* whose prerequisite has the outcome *need*: it names the root failure."""
        root = self._outcomes.get(need.blocked_by, need)
        reason = f"it needs {root.requirement.id}, whose verdict is {root.verdict.value}"
        if root.verdict in (Verdict.NOT_TESTED, Verdict.UNSUPPORTED):
            return Outcome(requirement, root.verdict, f"{reason}: {root.reason}")
        return Outcome(requirement, Verdict.BLOCKED, reason, blocked_by=root.requirement.id)

    def attribute(self, kinds: Mapping[str, FaultKind]) -> None:
        """Block the requirements whose failures faults of other *kinds* explain, by the ones that these violate.

        Those fail, also if their own requests did not show the fault. A text that gets another vector is explained too,
        unless it does so by itself, or most other failures show that the target is unstable.
        """
        for id, kind in kinds.items():
            if self._responsible.get(kind, "") in self._outcomes:
                self._explain(id, self._responsible[kind])
        same_text = self._responsible.get(FaultKind.OTHER_VECTOR, "")
        others = [kind for kind in kinds.values() if self._responsible.get(kind, "") in self._outcomes]
        explains_all = FaultKind.OTHER_VECTOR not in others and not self._is_unstable()
        if others and explains_all and self.failure_of(same_text) is not None:
            self._block(same_text, self._responsible[others[0]])

    def _is_unstable(self) -> bool:
        """Whether more requirements failed without a condition under which they fail again than with one."""
        repeated = [o for o in self._outcomes.values() if o.verdict is Verdict.FAIL and _condition(o)]
        return 2 * sum(map(_is_unstable, repeated)) > len(repeated)

    def _explain(self, id: str, owner: str) -> None:
        outcome = self._outcomes[id]
        known, shown = self._outcomes[owner], outcome.evidence[0]
        is_own = outcome.requirement.severity == NOT_BY_STATE and shown.exchange.status < CRASH
        if id == owner or is_own:
            return
        if known.verdict is not Verdict.FAIL:
            self._outcomes[owner] = replace(
                known, verdict=Verdict.FAIL, reason=shown.reason, evidence=(shown,), blocked_by=""
            )
        elif not known.evidence[0].reproduction:
            first = replace(known.evidence[0], reproduction=shown.reproduction, earlier=shown.earlier)
            self._outcomes[owner] = replace(known, evidence=(first, *known.evidence[1:]))
        self._block(id, owner)

    def _block(self, id: str, owner: str) -> None:
        outcome = self._outcomes[id]
        condition = outcome.evidence[0].reproduction
        reason = f"{condition} See {owner}" if condition else f"see {owner}"
        self._outcomes[id] = replace(outcome, verdict=Verdict.BLOCKED, reason=reason, blocked_by=owner)

    def attribute_to_rejections(self, of_canary: Collection[str]) -> None:
        """Block what fails because a plainly valid request failed after a rejected one, if a requirement on that has.

        *of_canary* are the ids of requirements whose own requests did not fail.
        """
        owner = self._responsible.get(FaultKind.AFTER_REJECTION, "")
        known = self.failure_of(owner)
        if known is None or not request_before(_condition(known)):
            return
        for id in of_canary:
            outcome = self.failure_of(id)
            if outcome is not None and id != owner and _condition(outcome) == NOT_ALONE.sentence:
                self._block(id, owner)

    def attribute_to_load(
        self,
        of_load: Collection[str] = (),
        of_valid: Collection[str] = (),
        of_others: Collection[str] = (),
    ) -> None:
        """Block what fails only beside other requests, if the requirement on concurrent requests has failed.

        *of_load* are the ids of requirements whose subject that is too, *of_valid* of those that fail only because
        valid requests did not succeed, *of_others* of those that only requests of other requirements violate, which
        were not repeated. Load that
        does not fail again does not explain why the same text gets different vectors.
        """
        load = self._responsible.get(FaultKind.LOAD, "")
        known = self.failure_of(load)
        if known is None:
            return
        kept = {load, *of_load}
        if _is_unstable(known):
            kept.add(self._responsible.get(FaultKind.OTHER_VECTOR, ""))
        for id, outcome in self._outcomes.items():
            condition = _condition(outcome)
            unrepeated = id in of_others and outcome.verdict is Verdict.FAIL and not condition
            caused = unrepeated or condition.startswith((BESIDE, NOT_ALONE.sentence, UNSTABLE))
            is_own = outcome.requirement.severity == NOT_BY_STATE and id not in of_valid
            if id not in kept and caused and not is_own:
                reason = f"it fails only together with other requests; see {load}"
                self._outcomes[id] = replace(outcome, verdict=Verdict.BLOCKED, reason=reason, blocked_by=load)

    def name_roots(self, judged: Mapping[str, Judged]) -> None:
        """Name the failed requirement behind each blocked one that does not know it yet."""
        for id, outcome in self._outcomes.items():
            if outcome.verdict is Verdict.BLOCKED and not outcome.blocked_by:
                root = root_of(id, judged, self._outcomes, self._responsible.values())
                self._outcomes[id] = replace(outcome, blocked_by=root)
        for id, outcome in self._outcomes.items():
            need = self._outcomes.get(outcome.blocked_by)
            if need is not None and need.blocked_by:
                self._outcomes[id] = replace(outcome, blocked_by=need.blocked_by)


def _condition(outcome: Outcome) -> str:
    """The condition under which the request failed again; empty if it was not repeated."""
    return outcome.evidence[0].reproduction if outcome.evidence else ""


def _is_unstable(outcome: Outcome) -> bool:
    return _condition(outcome).startswith(UNSTABLE)
