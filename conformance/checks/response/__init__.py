"""Area ``response``: the contents of responses.

``validity``: each response by itself. ``consistency``: several responses compared. ``usage``: token counts of several
responses compared.
"""

from . import consistency, usage
from .validity import response_checks

__all__ = ["consistency", "response_checks", "usage"]
