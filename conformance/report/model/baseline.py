"""The baseline: an implementer's own list of known failures, each with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Catalogue
from conformance.contract.errors import InvalidFile, UnreadableFile
from conformance.contract.openapi.source_file import read_file
from conformance.contract.openapi.yaml12 import Loader
from conformance.errors import UsageError
from conformance.text import clip

FORMAT = 1
UNEXPLAINED = "not explained yet"


class BaselineError(UsageError, ValueError):
    """The baseline ``file`` cannot be used; ``problem`` says why and how to fix it."""

    def __init__(self, file: Path, problem: str) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"baseline {file}: {problem}")


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """Why a requirement is known to fail, and the last day on which that is acceptable."""

    reason: str
    expires: date | None = None

    @property
    def expired(self) -> bool:
        """Whether the last day is over."""
        return self.expires is not None and self.expires < date.today()


Baseline = Mapping[str, KnownFailure]
"""Known failures by requirement id."""


def load_baseline(file: Path, catalogue: Catalogue) -> Baseline:
    """Read a baseline and check its ids against the catalogue.

    The file has ``format: 1`` and ``known-failures``, a mapping from requirement id to ``reason`` and, optionally,
    ``expires`` (a date). Raises BaselineError.
    """
    data = _read(file)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BaselineError(file, f"must begin with 'format: {FORMAT}', followed by 'known-failures:'")
    if unknown := [key for key in data if key not in ("format", "known-failures")]:
        raise BaselineError(file, f"unknown key {_shown(unknown[0])}; use 'format' and 'known-failures'")
    entries = data.get("known-failures") or {}
    if not isinstance(entries, dict):
        raise BaselineError(
            file, "'known-failures' must have requirement ids as keys: 'response.count: {reason: TEXT}'"
        )
    return {str(id): _entry(file, str(id), entry, catalogue) for id, entry in entries.items()}


def baseline_text(failing: Mapping[str, str], known: Baseline) -> str:
    """Return the baseline of the ids *failing* as YAML, with the reasons and dates of those that are *known*.

    *failing* maps each id to the id of the requirement that blocks it, or to an empty string.
    """
    entries = {}
    for id, blocked_by in failing.items():
        entry = known.get(id, KnownFailure(f"needs {blocked_by}" if blocked_by else UNEXPLAINED))
        entries[id] = {"reason": entry.reason} | ({"expires": entry.expires} if entry.expires else {})
    data = {"format": FORMAT, "known-failures": entries}
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes the texts that are no texts in YAML 1.1, or in YAML 1.2, as which a baseline is read."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the same form as in PyYAML
        first: [
            *yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()),
            *Loader.yaml_implicit_resolvers.get(first, ()),
        ]
        for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *Loader.yaml_implicit_resolvers}
    }


def _read(file: Path) -> Any:
    """The value in *file*, which is YAML 1.2 within the limits of all files. Raises BaselineError."""
    try:
        return read_file(file).value
    except UnreadableFile as error:
        fix = "create the file with --update-baseline"
        raise BaselineError(file, f"cannot be read ({error.reason}); {error.fix}, or {fix}") from None
    except InvalidFile as error:
        line = f"line {error.line}: " if error.line else ""
        fix = f"; {error.fix}" if error.fix else ""
        problem = f"{line}expected {clip(error.expected)}, found {clip(error.found)}{fix}"
        raise BaselineError(file, f"cannot be read as YAML: {problem}") from None


def _entry(file: Path, id: str, entry: Any, catalogue: Catalogue) -> KnownFailure:
    if id not in catalogue:
        near = catalogue.closest(id)
        raise BaselineError(
            file, f"there is no requirement {clip(repr(id))}" + (f"; did you mean {near}?" if near else "")
        )
    fields = entry if isinstance(entry, dict) else {}
    reason, day = fields.get("reason"), fields.get("expires")
    if not isinstance(reason, str) or not reason.strip():
        raise BaselineError(file, f"{id} has no reason; write '{id}: {{reason: TEXT}}'")
    if unknown := [key for key in fields if key not in ("reason", "expires")]:
        raise BaselineError(
            file, f"{id}: unknown key {_shown(unknown[0])}; {_unknown_key(fields, unknown[0])}"
        )
    if day is None:
        return KnownFailure(reason)
    if isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
        return KnownFailure(reason, _date(file, id, day))
    raise BaselineError(file, f"{id}: 'expires' must be a date such as 2030-01-31, not {_shown(day)}")


def _unknown_key(fields: Mapping[Any, Any], key: object) -> str:
    """How to fix an unknown *key*. One without a value is the rest of a reason with a comma."""
    if fields[key] is None:
        whole = clip(", ".join([fields["reason"], str(key)]))
        return f'put a text with a comma in quotes: {{reason: "{whole}"}}'
    return "use 'reason' and 'expires'"


def _date(file: Path, id: str, day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise BaselineError(file, f"{id}: there is no day {day}: {error}") from None


def _shown(value: object) -> str:
    """A value of the file, in short."""
    return clip(f"{value!r}"[:80])
