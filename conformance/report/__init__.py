"""Reports of a finished run: as data, in several formats, and of several servers side by side."""

from .matrix.model import Matrix, label, matrix
from .matrix.terminal import matrix_overview
from .model.baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .model.comparison import Change, compare, differences
from .model.document import Report, reason, row
from .model.exchange import curl
from .model.loader import UnreadableReport, load_report
from .model.nothing_tested import nothing_tested
from .model.redaction import Redactor
from .model.standing import Judged, Standing, deselect, exit_code, judge_standing
from .render.registry import FORMATS
from .render.terminal import conclusion, last_screen, overview, result, table
from .render.text import explain, source

__all__ = [
    "FORMATS",
    "Baseline",
    "BaselineError",
    "Change",
    "Judged",
    "KnownFailure",
    "Matrix",
    "Redactor",
    "Report",
    "Standing",
    "UnreadableReport",
    "baseline_text",
    "compare",
    "conclusion",
    "curl",
    "deselect",
    "differences",
    "exit_code",
    "explain",
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
    "result",
    "row",
    "source",
    "table",
]
