"""Severities: the consequences of a failed requirement for the clients and the operator of a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from .requirement import CatalogueError, Requirement

SEVERITIES: Mapping[str, str] = {
    "wrong-data": "clients get wrong vectors, and no error",
    "breaks-clients": "correct clients get errors or no usable response",
    "security": "access without permission, or disclosed information",
    "billing": "wrong token counts or costs",
    "strictness": "correct clients do not notice it",
}
"""Each severity with its meaning."""


class DefaultSeverities:
    """The member ``severities`` of the requirement data: a severity for each glob of ids. The first match decides.

    Raises CatalogueError for an unknown severity.
    """

    def __init__(self, by_glob: Mapping[str, str]) -> None:
        for glob, severity in by_glob.items():
            check_severity(f"{glob} in `severities`", severity)
        self._by_glob = by_glob

    def apply(self, requirement: Requirement) -> Requirement:
        """*requirement* with its own severity, or else the default one. Raises CatalogueError if there is neither."""
        default = (severity for glob, severity in self._by_glob.items() if fnmatchcase(requirement.id, glob))
        severity = requirement.severity or next(default, "")
        check_severity(requirement.id, severity)
        return replace(requirement, severity=severity)


def check_severity(requirement: str, severity: str) -> None:
    """Raise CatalogueError for an unknown *severity* of *requirement*."""
    if severity not in SEVERITIES:
        found = repr(severity) if severity else "none, and no match in `severities`"
        raise CatalogueError(requirement, f"a severity of {', '.join(SEVERITIES)}", found)
