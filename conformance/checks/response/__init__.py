"""Area ``response``: the contents of responses.

``validity``: each response by itself. ``consistency``: several responses compared. ``usage``: token counts of several
responses compared. ``large_batch_usage``: those of large batches.
"""

from . import consistency, large_batch_usage, usage
from .validity import response_checks

__all__ = ["consistency", "large_batch_usage", "response_checks", "usage"]
