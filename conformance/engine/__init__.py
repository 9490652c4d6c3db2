"""The engine: plans a run, sends its probes concurrently, and reaches a verdict for each check."""

from .check import (
    THE_SERVER,
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
    Remark,
    Scenario,
    Send,
    judges_all,
    judges_each,
    send_concurrently,
    send_in_sequence,
)
from .faults import is_malformed
from .outcome import Outcome, RunResult, Verdict, describe, describe_answer, judge
from .plan import Budget, Step, make_plan, totals
from .preflight import Unreachable
from .retry import is_busy
from .run import Run, Settings, Suite
from .transmission import Load, Moment, Reader

__all__ = [
    "THE_SERVER",
    "Budget",
    "Check",
    "Evidence",
    "Expect",
    "FaultKind",
    "Judge",
    "Load",
    "Moment",
    "NotObservable",
    "NothingToJudge",
    "Outcome",
    "Probe",
    "ProbeResult",
    "Procedure",
    "Reader",
    "Remark",
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
    "describe_answer",
    "is_busy",
    "is_malformed",
    "judge",
    "judges_all",
    "judges_each",
    "make_plan",
    "send_concurrently",
    "send_in_sequence",
    "totals",
]
