"""The results of the official test suite of JSON Schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.validation.official_suite import DRAFTS, excluded, groups, misjudged

from .markdown import plain, rows


@cache
def table() -> str:
    """For each version of OpenAPI: the groups, and those that a contract cannot express, by the reason."""
    head = ["dialect", "groups", "with the expected result", "with another result, and why"]
    return rows(head, (list(_row(version)) for version in DRAFTS))


def _row(version: str) -> Iterator[str]:
    found = {group.name: group for group in groups(version)}
    with TemporaryDirectory() as folder:
        wrong = misjudged(version, Path(folder))
    beyond = sum(group.is_beyond for name, group in found.items() if name not in wrong)
    others = f", {beyond} of them with keywords beyond OpenAPI 3.0" if version == "3.0" else ""
    reasons = Counter(excluded(version)[name] for name in wrong)
    yield f"OpenAPI {version} ({DRAFTS[version].replace('draft', 'draft ')})"
    yield str(len(found))
    yield f"{len(found) - len(wrong)}{others}"
    yield "; ".join(f"{number}: {plain(reason)}" for reason, number in reasons.items())
