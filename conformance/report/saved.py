"""Reading a report that a run has saved as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("report.schema.json")


class UnreadableReport(ValueError):
    """A file is no report of this version's form: what was expected, what was found, and where."""

    def __init__(self, file: Path, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(f"{file}: expected {expected}, found {found}")


def load_report(file: Path) -> Mapping[str, Any]:
    """The report in *file*, as ``--json`` has written it, checked against its schema. Raises UnreadableReport."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UnreadableReport(file, "a report, as --json writes it", str(error.strerror)) from None
    except ValueError as error:
        raise UnreadableReport(file, "a report, as --json writes it", f"no JSON: {error}") from None
    problem = next(_validator().iter_errors(document), None)
    if problem is not None:
        place = problem.json_path
        raise UnreadableReport(
            file, "a report of format 1, as --json writes it", f"{place}: {problem.message[:200]}"
        )
    found: Mapping[str, Any] = document
    return found


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
