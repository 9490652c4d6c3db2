"""The version of the catalogue, and the versions in which requirements were added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from .requirement import CatalogueError, Requirement, written_requirements

FIRST = 1
"""The first version of the catalogue."""


def catalogue_version() -> int:
    """The version of the shipped catalogue."""
    version: int = written_requirements()["version"]
    return version


class Versions:
    """The members ``version`` and ``since`` of the requirement data: the versions of globs of ids.

    The first match decides. Without one, a requirement belongs to the first version. Raises CatalogueError for a
    version that does not exist.
    """

    def __init__(self, version: int, since: Mapping[str, int]) -> None:
        for glob, added in since.items():
            if not isinstance(added, int) or not FIRST < added <= version:
                expected = f"a version above {FIRST} and at most {version}"
                raise CatalogueError(f"{glob} in `since`", expected, repr(added))
        self._since = since

    def apply(self, requirement: Requirement) -> Requirement:
        """*requirement* with the version in which it was added."""
        found = (added for glob, added in self._since.items() if fnmatchcase(requirement.id, glob))
        return replace(requirement, since=next(found, FIRST))
