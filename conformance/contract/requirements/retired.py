"""Ids that requirements had in earlier versions. Saved reports and baselines contain them."""

from __future__ import annotations

import re
from functools import cache

from .requirement import written_requirements


def current_id(requirement_id: str) -> str:
    """The id that replaced *requirement_id*, or *requirement_id* itself if it was not replaced."""
    for pattern, successor in _successors():
        if found := pattern.fullmatch(requirement_id):
            return found.expand(successor)
    return requirement_id


@cache
def _successors() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each retired id as a pattern, and its successor as a template. ``{label}`` in an id is any label."""
    return tuple(
        (_pattern(entry["id"]), entry["successor"].replace("{label}", r"\1"))
        for entry in written_requirements()["retired"]
        if "successor" in entry
    )


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(re.escape("{label}"), r"([^.]+)"))
