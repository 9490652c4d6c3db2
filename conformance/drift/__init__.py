"""Whether the vectors of a target are still those that were recorded.

``corpus``: the texts. ``sending``: those that are sent together. ``observation``: the vectors that a target returned.
``snapshot``: recorded vectors; ``snapshot_reader`` and ``snapshot_writer``: their file. ``recording``: a snapshot of an
observation. ``comparison``: an observation and a snapshot, by ``distances``, ``neighbors`` and ``truncation``.
``diagnosis``: the likely causes of a difference, from ``symptoms``. ``sentences`` and ``picture``: what people see.
"""

from .comparison import Comparison, compare_snapshot
from .corpus import Text, packaged_texts, read_texts
from .diagnosis import likely_causes
from .forms import Form, Grade
from .observation import Observation
from .picture import comparison_picture
from .recording import snapshot_of
from .snapshot import MAX_NAME, Record, Snapshot
from .snapshot_reader import UnreadableSnapshot, read_snapshot
from .snapshot_writer import snapshot_text

__all__ = [
    "MAX_NAME",
    "Comparison",
    "Form",
    "Grade",
    "Observation",
    "Record",
    "Snapshot",
    "Text",
    "UnreadableSnapshot",
    "compare_snapshot",
    "comparison_picture",
    "likely_causes",
    "packaged_texts",
    "read_snapshot",
    "read_texts",
    "snapshot_of",
    "snapshot_text",
]
