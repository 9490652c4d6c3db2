"""Reports of a finished run: as data, in several formats, and of several servers side by side."""

from .matrix.model import Matrix, label, matrix
from .matrix.terminal import matrix_overview
from .model.baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .model.comparison import Change, compare, differences
from .model.document import Report, reason, row
from .model.exchange import curl, evidence_as_dict, is_of_request
from .model.loader import UnreadableReport, load_report
from .model.nothing_tested import nothing_tested
from .model.redaction import MASK, Redactor
from .model.replayed import Attempt, Replayed, Result, condition_of
from .model.standing import Judged, Standing, deselect, exit_code, judge_standing
from .render.audit import audit_lines
from .render.registry import FORMATS
from .render.replayed import replayed_lines
from .render.terminal import conclusion, last_screen, overview, result, table
from .render.text import explain, source

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
    "compare",
    "conclusion",
    "condition_of",
    "curl",
    "deselect",
    "differences",
    "evidence_as_dict",
    "exit_code",
    "explain",
    "is_of_request",
    "judge_standing",
    "label",
    "last_screen",
    "load_baseline",
    "load_report",
    "matrix",
    "matrix_overview",
    "nothing_tested",
    "overview",
    "reason",
    "replayed_lines",
    "result",
    "row",
    "source",
    "table",
]
