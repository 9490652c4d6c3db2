"""The pytest plugin.

pytest loads it everywhere, so it imports nothing else until a target is given.
"""

from .plugin import (
    embeddings_conformance,
    pytest_addoption,
    pytest_configure,
    pytest_load_initial_conftests,
)

__all__ = [
    "embeddings_conformance",
    "pytest_addoption",
    "pytest_configure",
    "pytest_load_initial_conftests",
]
