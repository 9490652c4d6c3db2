"""The engine: plans a run, sends its probes concurrently, and reaches a verdict for each check."""

from .check import (
    Check,
    Evidence,
    Expect,
    FaultKind,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    Procedure,
    Scenario,
    Send,
    judges_all,
    judges_each,
    send_concurrently,
    send_in_sequence,
)
from .outcome import Outcome, RunResult, Verdict, describe, judge, what_failed
from .plan import Budget, Step, make_plan, totals
from .preflight import Unreachable
from .run import Run, Settings, Suite
from .transmission import Load, Reader

__all__ = [
    "Budget",
    "Check",
    "Evidence",
    "Expect",
    "FaultKind",
    "Judge",
    "Load",
    "NotObservable",
    "NothingToJudge",
    "Outcome",
    "Probe",
    "ProbeResult",
    "Procedure",
    "Reader",
    "Run",
    "RunResult",
    "Scenario",
    "Send",
    "Settings",
    "Step",
    "Suite",
    "Unreachable",
    "Verdict",
    "describe",
    "judge",
    "judges_all",
    "judges_each",
    "make_plan",
    "send_concurrently",
    "send_in_sequence",
    "totals",
    "what_failed",
]
