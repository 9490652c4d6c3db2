"""The engine: plans a run, carries its checks out concurrently, and says how each ended."""

from .check import (
    Ask,
    Check,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    Scenario,
    all_at_once,
    each,
    one_by_one,
)
from .judging import describe, judge
from .outcome import Evidence, Outcome, RunResult, Verdict
from .plan import Budget, Step, make_plan, totals
from .preflight import Unreachable
from .run import Run, Settings, Suite
from .sender import Load, succeeded

__all__ = [
    "Ask",
    "Budget",
    "Check",
    "Evidence",
    "Expect",
    "Judge",
    "Load",
    "NotObservable",
    "NothingToJudge",
    "Outcome",
    "Probe",
    "ProbeResult",
    "Run",
    "RunResult",
    "Scenario",
    "Settings",
    "Step",
    "Suite",
    "Unreachable",
    "Verdict",
    "all_at_once",
    "describe",
    "each",
    "judge",
    "make_plan",
    "one_by_one",
    "succeeded",
    "totals",
]
