"""Only one thread runs Hypothesis at a time.

Hypothesis parses source code, and ``ast`` is not thread-safe (python/cpython#106905).
"""

from threading import RLock

HYPOTHESIS = RLock()
"""Held by the thread that runs Hypothesis, except while it waits for a response."""
