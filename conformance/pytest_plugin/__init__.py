"""The pytest plugin, which pytest loads by its entry point."""

from .plugin import (
    embeddings_conformance,
    pytest_addoption,
    pytest_configure,
    pytest_load_initial_conftests,
    pytest_terminal_summary,
)

__all__ = [
    "embeddings_conformance",
    "pytest_addoption",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_terminal_summary",
]
