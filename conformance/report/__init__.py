"""Reports of a finished run: as data, in several formats, and of several servers side by side."""

from conformance.text import clip, visible

from .matrix.model import Matrix, label, matrix
from .matrix.terminal import matrix_overview
from .model.baseline import Baseline, BaselineError, KnownFailure, baseline_text, load_baseline
from .model.comparison import Change, compare, differences
from .model.document import Report, reason, row
from .model.exchange import curl
from .model.loader import UnreadableReport, load_report
from .model.redaction import Redactor
from .model.standing import Judged, Standing, deselect, exit_code, judge_standing
from .render.registry import FORMATS
from .render.terminal import Line, conclusion, overview, result, table
from .render.text import explain, source

__all__ = [
    "FORMATS",
    "Baseline",
    "BaselineError",
    "Change",
    "Judged",
    "KnownFailure",
    "Line",
    "Matrix",
    "Redactor",
    "Report",
    "Standing",
    "UnreadableReport",
    "baseline_text",
    "clip",
    "compare",
    "conclusion",
    "curl",
    "deselect",
    "differences",
    "exit_code",
    "explain",
    "judge_standing",
    "label",
    "load_baseline",
    "load_report",
    "matrix",
    "matrix_overview",
    "overview",
    "reason",
    "result",
    "row",
    "source",
    "table",
    "visible",
]
