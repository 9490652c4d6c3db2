"""The baseline: an implementer's own list of known failures, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Catalogue
from conformance.errors import UsageError

FORMAT = 1
UNEXPLAINED = "not explained yet"


class BaselineError(UsageError, ValueError):
    """The baseline can not be used: what was expected, what was found, and where."""

    def __init__(self, file: Path, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(f"baseline {file}: expected {expected}, found {found}")


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """Why a requirement is known to fail, and until when that is acceptable."""

    reason: str
    expires: date | None = None

    @property
    def expired(self) -> bool:
        """Whether the entry counts no longer."""
        return self.expires is not None and self.expires < date.today()


Baseline = Mapping[str, KnownFailure]


def load_baseline(file: Path, catalogue: Catalogue) -> Baseline:
    """Read a baseline and check its ids against the catalogue.

    Form: ``format: 1`` and ``known-failures``, a mapping from requirement id to ``reason`` and, if wanted,
    ``expires`` (a date). Raises BaselineError.
    """
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BaselineError(file, "a readable YAML file", " ".join(str(error).split())) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or set(data) - {"format", "known-failures"}:
        raise BaselineError(file, f"'format: {FORMAT}' and 'known-failures'", _shown(data))
    entries = data.get("known-failures") or {}
    if not isinstance(entries, dict):
        raise BaselineError(file, "a mapping under 'known-failures'", _shown(entries))
    return {str(id): _entry(file, str(id), entry, catalogue) for id, entry in entries.items()}


def baseline_text(failing: Mapping[str, str], known: Baseline) -> str:
    """The baseline of the ids *failing*, with the reasons and dates of those that are *known*.

    *failing* has for each id the requirement that blocks it, empty where it fails by itself.
    """
    entries = {}
    for id, blocked_by in failing.items():
        entry = known.get(id, KnownFailure(f"needs {blocked_by}" if blocked_by else UNEXPLAINED))
        entries[id] = {"reason": entry.reason} | ({"expires": entry.expires} if entry.expires else {})
    return yaml.safe_dump(
        {"format": FORMAT, "known-failures": entries}, sort_keys=False, width=110, allow_unicode=True
    )


def _entry(file: Path, id: str, entry: Any, catalogue: Catalogue) -> KnownFailure:
    if id not in catalogue:
        near = catalogue.closest(id)
        raise BaselineError(
            file, "ids of requirements", f"{id!r}" + (f"; did you mean {near}?" if near else "")
        )
    match entry:
        case {"reason": str(reason), **rest} if reason.strip() and set(rest) <= {"expires"}:
            expires = rest.get("expires")
            if expires is None or (isinstance(expires, date) and not isinstance(expires, datetime)):
                return KnownFailure(reason, expires)
    raise BaselineError(file, f"'reason' (a text) and perhaps 'expires' (a date) for {id}", _shown(entry))


def _shown(value: object) -> str:
    return f"{value!r}"[:80]
