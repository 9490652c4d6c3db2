"""The likely cause of a failure, from its symptom: the table in ``spec/hints.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Explanation:
    """Failures of requirements (``failed``) that explain those of others (``explains``); both are ids.

    With an ``encoding_format``, they explain only failures of requests with it; if the requirement watches the requests
    of others, the first failure decides. ``partly``: only failures whose requests have nothing in common that tells
    them from others.
    """

    failed: frozenset[str]
    explains: frozenset[str]
    encoding_format: str = ""
    partly: bool = False

    def is_cause(self, row: Mapping[str, Any]) -> bool:
        """Whether the failure of *row* explains others."""
        return row["verdict"] == "fail" and row["id"] in self.failed

    def may_explain(self, row: Mapping[str, Any]) -> bool:
        """Whether the failures of *row* may have the same reason."""
        if row["verdict"] != "fail" or not row["evidence"] or row["id"] not in self.explains:
            return False
        if self.partly and any(one.get("pattern") for one in row["evidence"]):
            return False
        shapes = row.get("shapes", ())[: 1 if is_observer(row) else None]
        return not self.encoding_format or {s["encoding_format"] for s in shapes} == {self.encoding_format}


def likely_cause(row: Mapping[str, Any]) -> str:
    """What is probably wrong, and what to do; empty if nothing is known, or if *row* did not fail."""
    if row["verdict"] != "fail":
        return ""
    return next((hint.cause for hint in hint_table() if hint.matches(row)), "")


def hints_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The likely cause of the first of *rows*, and of others like it that explain failures; each once.

    They are alike if their ids differ in the last part: a cache can ignore several options.
    """
    alike = [row for row in rows if row["id"].rpartition(".")[0] == rows[0]["id"].rpartition(".")[0]]
    causes = [row for row in alike if row is rows[0] or any(one.is_cause(row) for one in explanations())]
    return list(dict.fromkeys(filter(None, map(likely_cause, causes))))


def is_observer(row: Mapping[str, Any]) -> bool:
    """Whether the requirement of *row* watches the requests of others, so that its failure may repeat theirs."""
    return any(fnmatchcase(row["id"], pattern) for pattern in _table()["observers"])


@lru_cache(maxsize=1)
def hint_table() -> tuple[Hint, ...]:
    """All entries of the table, in its order."""
    return tuple(Hint(**entry) for entry in _table()["hints"])


@lru_cache(maxsize=1)
def explanations() -> tuple[Explanation, ...]:
    """Failures that explain others, in the order of the table."""
    return tuple(
        Explanation(
            **{**entry, "failed": frozenset(entry["failed"]), "explains": frozenset(entry["explains"])}
        )
        for entry in _table()["explanations"]
    )


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = read_file(hint_list()).value
    return table
