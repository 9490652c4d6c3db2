"""The engine: plans a run, sends its probes concurrently, and reaches a verdict for each check."""

from .check import (
    Check,
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
from .conditions import ALONE, NOT_ALONE, UNSTABLE, request_before
from .evidence import BESIDE, THE_SERVER, Evidence, actual_as_sentence
from .faults import is_malformed
from .outcome import Outcome, RunResult, Verdict, describe_answer, describe_exchange, has_failed, judge_check
from .plan import Budget, Step, make_plan, plan_totals
from .preflight import Unreachable
from .renewal import Renewable, Renewal
from .resending import may_accompany, only_probes, recording_check, sent_after, sent_beside
from .retry import is_busy
from .run import Run
from .suite import Settings, Suite
from .transmission import Load, Moment, Reader

__all__ = [
    "ALONE",
    "BESIDE",
    "NOT_ALONE",
    "THE_SERVER",
    "UNSTABLE",
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
    "Renewable",
    "Renewal",
    "Run",
    "RunResult",
    "Scenario",
    "Send",
    "Settings",
    "Step",
    "Suite",
    "Unreachable",
    "Verdict",
    "actual_as_sentence",
    "describe_answer",
    "describe_exchange",
    "has_failed",
    "is_busy",
    "is_malformed",
    "judge_check",
    "judges_all",
    "judges_each",
    "make_plan",
    "may_accompany",
    "only_probes",
    "plan_totals",
    "recording_check",
    "request_before",
    "send_concurrently",
    "send_in_sequence",
    "sent_after",
    "sent_beside",
]
