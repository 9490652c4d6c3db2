"""What a run is made of: the checks of the suite, and the settings of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.contract import Catalogue
from conformance.drift import Comparison
from conformance.secret import Secret

from .check import Check, Probe
from .plan import Budget, prerequisite_cycles
from .transmission import Load, Reader

Headers = Sequence[tuple[str, Secret]]


def no_comparison() -> Comparison | None:
    """None: the comparison of a run without a snapshot."""
    return None


@dataclass(frozen=True)
class Suite:
    """The checks of a run by requirement id, in the order of the catalogue, and the canary.

    ``generated`` counts the generated requests by class, during the run, and ``canary_times`` get the moment and the
    duration of each successful canary, in seconds. ``credential_sets`` are the probes that show whether each set of
    credentials is accepted. ``reader`` reads each exchange as soon as it has ended. ``on_headers`` is to be called with
    the user's headers, and those of another tenant, whenever a credential in them has been renewed. ``stability``
    compares all responses of the run with the user's snapshot. Raises ValueError for checks that need each other.
    """

    catalogue: Catalogue
    checks: Mapping[str, Check]
    canary: Probe
    generated: Mapping[str, int] = field(default_factory=dict)
    credential_sets: Mapping[frozenset[str], Probe] = field(default_factory=dict)
    reader: Reader = field(default_factory=Reader)
    canary_times: Sequence[tuple[float, float]] = ()
    on_headers: Callable[[Headers, Headers], None] = lambda headers, others: None
    stability: Callable[[], Comparison | None] = no_comparison

    def __post_init__(self) -> None:
        early = [check for check in self.checks.values() if not check.last]
        if any(self.checks[need].last for check in early for need in check.needs if need in self.checks):
            raise ValueError("a check that is not the last one needs one that is")
        if waiting := list(prerequisite_cycles(self.checks)):
            raise ValueError(f"these checks need each other: {', '.join(waiting)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The load limits, the budget, how long to wait for the target at the start, and limits: seconds, and failures."""

    load: Load = field(default_factory=Load)
    budget: Budget = field(default_factory=Budget)
    wait: float | None = None
    max_seconds: float | None = None
    max_failures: int | None = None
