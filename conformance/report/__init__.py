"""Reports of a finished run."""

from .matrix.model import Matrix, label, matrix
from .matrix.terminal import matrix_overview
from .model.alike import alike, hint
from .model.baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .model.comparison import Change, compare, differences
from .model.document import Report, reason, row
from .model.exchange import curl
from .model.loader import UnreadableReport, load_report
from .model.redaction import Redactor
from .model.root_causes import Cause, causes
from .model.standing import Exit, Judged, Standing, deselect, exit_code, judge_standing
from .render.registry import FORMATS
from .render.terminal import Line, conclusion, overview, table
from .render.text import clip, explain, source, visible

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
]
