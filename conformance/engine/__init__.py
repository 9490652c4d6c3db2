"""The engine: plans a run, carries its checks out concurrently, and says how each ended."""

from .check import (
    Answer,
    Ask,
    Check,
    Expect,
    Judge,
    NothingToJudge,
    NotShown,
    Probe,
    Scene,
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
    "Answer",
    "Ask",
    "Budget",
    "Check",
    "Evidence",
    "Expect",
    "Judge",
    "Load",
    "NotShown",
    "NothingToJudge",
    "Outcome",
    "Probe",
    "Run",
    "RunResult",
    "Scene",
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
