"""What a run against a hostile target must find, and its limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

FRAMING = ("http.response.framing",)
EXTRA_BYTES = ("http.response.extra-bytes",)
UNREAD_BODY = ("http.connection.unread-body",)
OWN_RESPONSE = ("http.connection.own-response",)
CONCURRENT = ("state.concurrent",)
AFTER_REJECTION = ("state.after-rejection",)
SAME_TEXT = ("state.same-text",)
RUNNING = ("state.running",)
ANSWERING = ("state.answering",)
ANY = ("*",)
TOO_LARGE = ("auth.accept.bearer", "response.*", *FRAMING)

NO_ANSWER = r"no response in \d"
ONLY_AFTER = r"only after"
ONLY_BESIDE = r"only together with"
"""What evidence says about its cause."""

SHORT = ("--timeout=2",)
"""Options for targets that do not answer, so that tests are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The expected end of a run.

    codes: the exit codes that are right.
    fails: globs of requirements; at least one of them must fail. No other MUST may fail, except those in *also*.
    also: globs of requirements that the fault violates too, or hides.
    evidence: a regular expression for the row of a failed requirement in *fails*.
    sentence: a regular expression for the output.
    seconds: the limit of the time of the run.
    options: options of the run.
    whole: whether the run has the vendored contract, with its large batches, instead of a small one.
    """

    codes: tuple[int, ...] = (1,)
    fails: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    evidence: str = ""
    sentence: str = ""
    seconds: float = 120
    options: tuple[str, ...] = ()
    whole: bool = False

    def problems(self, report: Mapping[str, Any]) -> Iterator[str]:
        """Yield how the verdicts of *report* differ from the expected ones."""
        rows = [row for row in report["requirements"] if row["verdict"] == "fail"]
        named = [row for row in rows if _matches(row["id"], self.fails)]
        if self.fails and not named:
            yield f"expected a failure of {' or '.join(self.fails)}, found {[row['id'] for row in rows]}"
        if named and not any(re.search(self.evidence, json.dumps(row)) for row in named):
            yield f"expected {self.evidence!r} in the evidence of {[row['id'] for row in named]}"
        others = [row["id"] for row in rows if row["level"] == "must" and row not in named]
        if unexpected := [id for id in others if not _matches(id, self.also)]:
            yield f"requirements failed that the server meets: {unexpected}"


def not_testable(sentence: str, **fields: Any) -> Expected:
    """No request can be exchanged: exit code 4 with *sentence*."""
    return Expected(codes=(4,), sentence=sentence, **fields)


def correct(**fields: Any) -> Expected:
    """A correct server: no MUST fails."""
    return Expected(codes=(0,), **fields)


def _matches(id: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(id, glob) for glob in globs)
