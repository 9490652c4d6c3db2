"""The error of a discovery that finds no embeddings endpoint."""

from __future__ import annotations

from conformance.errors import UsageError


class DiscoveryFailed(UsageError, ValueError):
    """No plain request to ``place`` got embeddings: the responses that were ``found``, and how to ``fix`` it."""

    def __init__(self, place: str, found: str, fix: str) -> None:
        self.place, self.found, self.fix = place, found, fix
        super().__init__(f"{place} returned no embeddings: {found}; {fix}")
