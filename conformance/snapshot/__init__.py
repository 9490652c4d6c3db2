"""Record what a target computes for a set of texts, and compare it with a snapshot.

``client``: sends requests, with retries. ``requests``: the requests for texts. ``record``: a snapshot of a target.
``quick_check``: a few texts of a snapshot, asked again.
"""

from .client import SnapshotClient
from .errors import NothingRecorded
from .quick_check import check_some
from .record import Progress, record_snapshot
from .requests import TextRequests

__all__ = ["NothingRecorded", "Progress", "SnapshotClient", "TextRequests", "check_some", "record_snapshot"]
