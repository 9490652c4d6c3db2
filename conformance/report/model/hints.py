"""The likely cause of a failure, from its symptom: the table in ``spec/hints.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import hint_list


@dataclass(frozen=True, slots=True)
class Hint:
    """A likely ``cause`` of failures of a requirement (id or glob), with the status and the text of its response."""

    requirement: str
    cause: str
    status: str = ""
    found: str = ""

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Whether the first failure of *row* has this symptom."""
        if not fnmatchcase(row["id"], self.requirement):
            return False
        first = row["evidence"][0] if row["evidence"] else {}
        response = first.get("response", {})
        text = f"{first.get('actual', '')} {response.get('body', '')}"
        has_status = str(response.get("status", "")).startswith(self.status.removesuffix("xx"))
        return has_status and re.search(self.found, text) is not None


def likely_cause(row: Mapping[str, Any]) -> str:
    """What is probably wrong, and what to do; empty if nothing is known, or if *row* did not fail."""
    if row["verdict"] != "fail":
        return ""
    return next((hint.cause for hint in hint_table() if hint.matches(row)), "")


def is_observer(row: Mapping[str, Any]) -> bool:
    """Whether the requirement of *row* watches the requests of others, so that its failure may repeat theirs."""
    return any(fnmatchcase(row["id"], pattern) for pattern in _table()["observers"])


@lru_cache(maxsize=1)
def hint_table() -> tuple[Hint, ...]:
    """All entries of the table, in its order."""
    return tuple(Hint(**entry) for entry in _table()["hints"])


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = read_file(hint_list()).value
    return table
