"""Reports of a finished run."""

from .baseline import Baseline, BaselineError, KnownFailure, load_baseline, save_baseline
from .document import Report, reason
from .redaction import Redactor
from .standing import Exit, Judged, Standing, deselect, exit_code, judge_standing
from .text import conclusion, explain, table, visible

__all__ = [
    "Baseline",
    "BaselineError",
    "Exit",
    "Judged",
    "KnownFailure",
    "Redactor",
    "Report",
    "Standing",
    "conclusion",
    "deselect",
    "exit_code",
    "explain",
    "judge_standing",
    "load_baseline",
    "reason",
    "save_baseline",
    "table",
    "visible",
]
