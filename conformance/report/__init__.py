"""Reports of a finished run: as data, in several formats, and of several servers side by side."""

from .matrix.model import Matrix, compare_servers, server_label
from .matrix.terminal import matrix_overview
from .model.baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .model.comparison import Change, compare_reports, run_differences
from .model.document import Report, requirement_row, verdict_reason
from .model.exchange import curl_command, evidence_as_dict, is_of_request
from .model.loader import UnreadableReport, load_report
from .model.nothing_tested import nothing_tested
from .model.redaction import MASK, Redactor
from .model.replayed import Attempt, Replayed, Result, condition_of
from .model.standing import Judged, Standing, deselect_prerequisites, exit_code, judge_standing
from .render.audit import audit_lines
from .render.registry import FORMATS
from .render.replayed import replayed_lines
from .render.terminal import conclusion_line, last_screen, overview, result_lines, verdict_table
from .render.text import explain_requirement, source_line

__all__ = [
    "FORMATS",
    "MASK",
    "Attempt",
    "Baseline",
    "BaselineError",
    "Change",
    "Judged",
    "KnownFailure",
    "Matrix",
    "Redactor",
    "Replayed",
    "Report",
    "Result",
    "Standing",
    "UnreadableReport",
    "audit_lines",
    "baseline_text",
    "compare_reports",
    "compare_servers",
    "conclusion_line",
    "condition_of",
    "curl_command",
    "deselect_prerequisites",
    "evidence_as_dict",
    "exit_code",
    "explain_requirement",
    "is_of_request",
    "judge_standing",
    "last_screen",
    "load_baseline",
    "load_report",
    "matrix_overview",
    "nothing_tested",
    "overview",
    "replayed_lines",
    "requirement_row",
    "result_lines",
    "run_differences",
    "server_label",
    "source_line",
    "verdict_reason",
    "verdict_table",
]
