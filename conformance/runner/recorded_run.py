"""What a saved report says about its run: the settings, the target, and the failures."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from conformance.config.options import OPTIONS, Configuration
from conformance.config.settings import configure
from conformance.contract import Contract
from conformance.engine import Verdict
from conformance.errors import ConfigurationError
from conformance.report import MASK, load_report
from conformance.text import clip, counted

from .rerun_command import PROGRAM

OF_SELECTION = frozenset({"only", "exclude", "failed", "baseline", "level", "fail_on"})
"""Options that select requirements, or decide which of them fail a run."""

REPEATED = tuple(
    option
    for option in OPTIONS
    if not (option.confidential or option.output_only or option.key in OF_SELECTION)
)
"""Options that a replay takes from the report."""

MAX_IDS = 40
"""Ids that a message lists."""

REPORT = "REPORT.json"


@dataclass(frozen=True)
class RecordedRun:
    """A saved report.

    ``values`` are the settings of its run, by the options' keys. ``withheld`` are options of the run that a report must
    not choose, as words of a command: they read credentials and files. ``is_embedded``: whether the target was the
    built-in reference server.
    """

    file: Path
    document: Mapping[str, Any]
    values: Mapping[str, Any]
    withheld: Sequence[str]
    is_embedded: bool

    @classmethod
    def load(cls, file: Path) -> RecordedRun:
        """Read the report in *file*. Raises UsageError."""
        document = load_report(file)
        if "audit" in document:
            raise ConfigurationError(
                str(file), "is the report of an audit; give the report of a run: run URL --json FILE"
            )
        command = document.get("reproduce")
        if command is None:
            values = {"seed": str(document["seed"]), "profile": document["profile"]}
            return cls(file, document, values, (), is_embedded=False)
        return cls(file, document, *_read_command(command))

    @property
    def url(self) -> str | None:
        """The base URL of the target; None for an application, and if a part of it was redacted."""
        target = self.document["target"]
        return None if "app" in target or self.is_embedded or MASK in target["url"] else target["url"]

    @property
    def missing_target(self) -> str:
        """Why the report alone does not say where to send requests, and what to do."""
        if app := self.document["target"].get("app"):
            return f"the run tested the application {clip(app)}; a report must not choose code to run, so give --app"
        return (
            "the report does not have the whole URL, because a part of it may be a credential; give the URL"
        )

    @property
    def selected(self) -> Sequence[str]:
        """The ids of the requirements that the run tested."""
        return [row["id"] for row in self.document["requirements"] if row["selected"]]

    @property
    def failed(self) -> Sequence[Mapping[str, Any]]:
        """The rows of the requirements that failed."""
        return [row for row in self.document["requirements"] if row["verdict"] == Verdict.FAIL]

    def failures(self, patterns: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """The rows of the failed requirements whose ids match one of *patterns*. Raises ConfigurationError."""
        rows, failed = self.document["requirements"], self.failed
        found: set[str] = set()
        for pattern in patterns:
            matching = {row["id"] for row in failed if fnmatchcase(row["id"], pattern)}
            if not matching:
                raise ConfigurationError("ID", _no_failure(pattern, rows, failed))
            found |= matching
        return [row for row in failed if row["id"] in found]

    def not_given(self, configuration: Configuration) -> Sequence[str]:
        """The withheld options, as words, that *configuration* does not have."""
        keys = {f"--{option.name}": option.key for option in OPTIONS}
        pairs = zip(self.withheld[::2], self.withheld[1::2], strict=True)
        missing = [pair for pair in pairs if not getattr(configuration, keys[pair[0]])]
        return [] if self.is_embedded else list(chain.from_iterable(missing))

    def differences(self, contract: Contract) -> Iterator[str]:
        """Why the requests may be others than in the saved run."""
        if self.document["contract"]["sha256"] != contract.sha256:
            yield "Note: the contract is not the one of the saved run, so the requests may differ."
        before, now = self.document["suite"]["version"], version(PROGRAM)
        if before != now:
            yield f"Note: version {clip(before)} made the report, this is {now}; the requests may differ."

    def configuration(self, given: Configuration, given_keys: Sequence[str]) -> Configuration:
        """*given*, with the settings of the run where an option is not among the *given_keys*.

        Requirements are not selected, and no report is written. Raises ConfigurationError.
        """
        recorded = _configured(self.values)
        keys = [option.key for option in REPEATED]
        if self.document.get("reproduce") is None:
            keys = list(self.values)
        taken = {key: getattr(recorded, key) for key in keys if key not in given_keys}
        if not given.parameter:
            taken["parameter"] = recorded.parameter
        written = {o.key: o.default for o in OPTIONS if o.output_only or o.key in OF_SELECTION}
        return replace(given, **taken, **written)


def _read_command(command: str) -> tuple[Mapping[str, Any], Sequence[str], bool]:
    """The settings that *command* gives, the words that a report must not choose, and whether it names no target."""
    try:
        program, run, *words = shlex.split(command)
    except ValueError:
        program, run, words = "", "", []
    has_url = bool(words) and not words[0].startswith("--")
    words = words[has_url:]
    if (program, run) != (PROGRAM, "run") or len(words) % 2:
        raise ConfigurationError(REPORT, "the command of its run cannot be read; make a new report")
    options = {f"--{option.name}": option for option in OPTIONS}
    values: dict[str, Any] = {}
    withheld: list[str] = []
    for name, value in zip(words[::2], words[1::2], strict=True):
        option = options.get(name)
        if option is None:
            raise ConfigurationError(REPORT, f"the command of its run has an unknown option: {clip(name)}")
        public = option.key == "parameter" and not value.partition("=")[2].startswith(("env:", "cmd:"))
        if MASK in value or (option.confidential and not public):
            withheld += [name, value]
        elif option.kind.takes == "values":
            values.setdefault(option.key, []).append(value)
        else:
            values[option.key] = value
    return values, withheld, not has_url and "--app" not in words[::2]


def _configured(values: Mapping[str, Any]) -> Configuration:
    try:
        return configure(values, None)
    except ConfigurationError as error:
        raise ConfigurationError(REPORT, f"the command of its run cannot be read: {error}") from None


def _no_failure(pattern: str, rows: Sequence[Mapping[str, Any]], failed: Sequence[Mapping[str, Any]]) -> str:
    ids = [row["id"] for row in failed]
    others = [row for row in rows if fnmatchcase(row["id"], pattern)]
    problem = f"the report has no requirement {clip(pattern)!r}"
    if len(others) == 1 and others[0]["blocked_by"]:
        problem = f"{others[0]['id']} was blocked by {others[0]['blocked_by']}"
    elif len(others) == 1:
        problem = f"{others[0]['id']} did not fail (verdict {others[0]['verdict']})"
    elif others:
        problem = f"none of the {counted(len(others), 'requirement')} that match {clip(pattern)!r} failed"
    more = f" and {len(ids) - MAX_IDS} more" if len(ids) > MAX_IDS else ""
    return f"{problem}; " + (
        f"use one of the failed requirements: {', '.join(ids[:MAX_IDS])}{more}"
        if ids
        else "no requirement failed in this report; give the report of a failed run"
    )
