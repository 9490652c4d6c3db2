"""Reports of a finished run."""

from .alike import alike, hint
from .baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .causes import Cause, causes
from .comparison import Change, compare, differences
from .document import Report, reason, row
from .exchange import curl
from .formats import FORMATS
from .matrix import Matrix, label, matrix
from .matrix_terminal import matrix_overview
from .redaction import Redactor
from .saved import UnreadableReport, load_report
from .standing import Exit, Judged, Standing, deselect, exit_code, judge_standing
from .terminal import Line, conclusion, overview, table
from .text import clip, explain, source, visible
from .writing import identity, write_text

__all__ = [
    "FORMATS",
    "Baseline",
    "BaselineError",
    "Cause",
    "Change",
    "Exit",
    "Judged",
    "KnownFailure",
    "Line",
    "Matrix",
    "Redactor",
    "Report",
    "Standing",
    "UnreadableReport",
    "alike",
    "baseline_text",
    "causes",
    "clip",
    "compare",
    "conclusion",
    "curl",
    "deselect",
    "differences",
    "exit_code",
    "explain",
    "hint",
    "identity",
    "judge_standing",
    "label",
    "load_baseline",
    "load_report",
    "matrix",
    "matrix_overview",
    "overview",
    "reason",
    "row",
    "source",
    "table",
    "visible",
    "write_text",
]
