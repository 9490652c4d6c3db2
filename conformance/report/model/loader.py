"""Reading a report that a run has saved as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.report.render.text import clip

SCHEMA = Path(__file__).with_name("report.schema.json")

LONGEST = 200
"""Characters of what a validator says of a value: it repeats the whole value."""

Mismatch = tuple[str, str]
"""What was expected, and what was found."""


class UnreadableReport(UsageError, ValueError):
    """A file is no report of this version's form: what was expected, what was found, and where."""

    def __init__(self, file: Path, expected: str, found: str) -> None:
        self.file, self.expected, self.found = file, expected, found
        super().__init__(f"{file}: expected {expected}, found {found}")


def load_report(file: Path) -> Mapping[str, Any]:
    """The report in *file*, as ``--json`` has written it, in a form that each renderer can rely on.

    Raises UnreadableReport, whatever is in the file.
    """
    document = _value(file)
    for check in (_form, _rows, _sets):
        for expected, found in check(document):
            raise UnreadableReport(file, expected, clip(found))
    found_document: Mapping[str, Any] = document
    return found_document


def _value(file: Path) -> Any:
    from conformance.validation import MISSING, parse

    expected = "a report, as --json writes it"
    try:
        parsed = parse(file.read_bytes())
    except OSError as error:
        raise UnreadableReport(file, expected, str(error.strerror)) from None
    if parsed.value is MISSING:
        problem = parsed.problems[0]
        place = f"{problem.pointer}: " if problem.pointer else ""
        said = f"no JSON: {place}expected {problem.expected}, found {problem.found}"
        raise UnreadableReport(file, expected, clip(said))
    return parsed.value


def _form(document: Any) -> Iterator[Mismatch]:
    for problem in _validator().iter_errors(document):
        said = problem.message
        if len(said) > LONGEST:
            said = f"what breaks {problem.validator} {json.dumps(problem.validator_value)[:LONGEST]}"
        yield "a report of format 1, as --json writes it", f"{problem.json_path}: {said}"


def _rows(document: Mapping[str, Any]) -> Iterator[Mismatch]:
    rows: Sequence[Mapping[str, Any]] = document["requirements"]
    times = Counter(row["id"] for row in rows)
    for id, count in times.items():
        if count > 1:
            yield "a row for each requirement in requirements", f"{count} for {id}"
    for row in rows:
        if row["blocked_by"] is not None and row["blocked_by"] not in times:
            yield f"a requirement of the report as blocked_by of {clip(row['id'])}", row["blocked_by"]


def _sets(document: Mapping[str, Any]) -> Iterator[Mismatch]:
    names = [scheme["name"] for scheme in document["credentials"]["schemes"]]
    schemes = frozenset(names)
    if len(schemes) < len(names):
        yield "a name of its own for each of credentials.schemes", ", ".join(names)
    found = [frozenset(entry["schemes"]) for entry in document["credentials"]["sets"]]
    wanted, number = {one for one in found if one <= schemes}, 2 ** len(names)
    if len(wanted) != number or len(found) != number:
        yield (
            f"each set of the schemes, {number} in all, once in credentials.sets",
            f"{len(wanted)} of them, and {len(found) - len(wanted)} others",
        )


@cache
def _validator() -> Any:
    """The validator of a report. Its integers have no decimal point, unlike JSON Schema's: Python prints 1.0 so."""
    from jsonschema import Draft202012Validator, validators

    integers = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    strict = validators.extend(Draft202012Validator, type_checker=integers)  # type: ignore[no-untyped-call]  # untyped there
    return strict(json.loads(SCHEMA.read_text("utf-8")))
