"""Load a saved JSON report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.openapi.limits import (
    MAX_REPORT,
    MAX_REPORT_VALUES,
    FileTooLarge,
    count_values,
    read_limited,
)
from conformance.errors import UsageError
from conformance.text import clip

SCHEMA = Path(__file__).with_name("report.schema.json")

MAX_MESSAGE = 200
"""Characters of a validator's message: it repeats the whole value."""


MAX_EXPLAINED = 50_000
"""Values of a report up to which the slow validator explains what is wrong; it takes two seconds for them."""


class UnreadableReport(UsageError, ValueError):
    """``file`` cannot be read as a report of this version's format; ``problem`` says why, and ``fix`` what to do."""

    def __init__(
        self, file: Path, problem: str, fix: str = "give a file that a run wrote with --json"
    ) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"{file} cannot be read as a report: {problem}; {fix}")


def load_report(file: Path) -> Mapping[str, Any]:
    """The report that ``--json`` wrote to *file*, checked so that each renderer can rely on its structure.

    Raises UnreadableReport for any other content.
    """
    document = _parse(file)
    for check in (_schema_problems, _row_problems, _credential_set_problems):
        for problem in check(document):
            raise UnreadableReport(file, clip(problem))
    report: Mapping[str, Any] = document
    return report


def _parse(file: Path) -> Any:
    from conformance.validation import MISSING, parse_json

    try:
        content = read_limited(file, MAX_REPORT)
    except OSError as error:
        raise UnreadableReport(file, str(error.strerror), "check the path") from None
    except FileTooLarge as error:
        raise UnreadableReport(file, f"it {error}") from None
    if count_values(content) > MAX_REPORT_VALUES:
        raise UnreadableReport(file, f"it has more than {MAX_REPORT_VALUES:,} values")
    parsed = parse_json(content)
    if parsed.value is MISSING:
        first = parsed.problems[0]
        pointer = f"{first.pointer}: " if first.pointer else ""
        problem = f"invalid JSON: {pointer}expected {first.expected}, found {first.found}"
        raise UnreadableReport(file, clip(problem))
    return parsed.value


def _schema_problems(document: Any) -> Iterator[str]:
    with suppress(UnicodeEncodeError):  # for a lone surrogate, which the slow validator accepts
        if _fast_validator().is_valid(document):
            return
        if _has_more_values(document, MAX_EXPLAINED):
            yield _first_problem(document)
    for error in _validator().iter_errors(document):
        message = error.message
        if len(message) > MAX_MESSAGE:
            limit = json.dumps(error.validator_value)[:MAX_MESSAGE]
            message = f"the value violates {error.validator} {limit}"
        yield f"{error.json_path}: {message}"


def _row_problems(document: Mapping[str, Any]) -> Iterator[str]:
    rows: Sequence[Mapping[str, Any]] = document["requirements"]
    times = Counter(row["id"] for row in rows)
    for id, count in times.items():
        if count > 1:
            yield f"$.requirements: {count} rows have the id {id}"
    for row in rows:
        if row["blocked_by"] is not None and row["blocked_by"] not in times:
            yield f"$.requirements: {clip(row['id'])} is blocked by {row['blocked_by']}, which has no row"


def _credential_set_problems(document: Mapping[str, Any]) -> Iterator[str]:
    names = [scheme["name"] for scheme in document["credentials"]["schemes"]]
    schemes = frozenset(names)
    if len(schemes) < len(names):
        yield f"$.credentials.schemes: the names must be unique: {', '.join(names)}"
    found = [frozenset(entry["schemes"]) for entry in document["credentials"]["sets"]]
    expected, number = {one for one in found if one <= schemes}, 2 ** len(names)
    if len(expected) != number or len(found) != number:
        yield (
            f"$.credentials.sets: each of the {number} sets of the schemes must occur once;"
            f" found {len(expected)} of them and {len(found) - len(expected)} others"
        )


def _first_problem(document: Any) -> str:
    """The first problem of a large *document*, which has one, in bounded memory."""
    from jsonschema_rs import ValidationError

    try:
        _fast_validator().validate(document)
    except ValidationError as error:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        limit = json.dumps(error.kind.value)[:MAX_MESSAGE]
        return f"${where}: the value violates {error.kind.name} {limit}"
    raise AssertionError("the document is valid")


def _has_more_values(value: Any, limit: int) -> bool:
    """Whether *value* contains more than *limit* values."""
    waiting, count = [value], 0
    while waiting and count <= limit:
        node = waiting.pop()
        count += 1
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return count > limit


class _WholeNumber:
    """The keyword of an integer for the fast validator: no decimal point."""

    def __init__(self, *_: object) -> None:
        """Each use of the keyword has the value true."""

    def validate(self, instance: object) -> None:
        """Raise ValueError for a float, also for 1.0."""
        if isinstance(instance, float):
            raise ValueError("a number with a decimal point")


@cache
def _fast_validator() -> Any:
    """A validator that accepts the same documents as ``_validator``, and explains less."""
    from jsonschema_rs import validator_for

    schema = _with_whole_numbers(json.loads(SCHEMA.read_text("utf-8")))
    return validator_for(schema, keywords={"x-whole": _WholeNumber})


def _with_whole_numbers(node: Any) -> Any:
    """The schema *node* with ``x-whole`` beside each type that includes integers."""
    if isinstance(node, list):
        return [_with_whole_numbers(item) for item in node]
    if not isinstance(node, dict):
        return node
    whole = {"x-whole": True} if "integer" in (node.get("type") or ()) else {}
    return {name: _with_whole_numbers(item) for name, item in node.items()} | whole


@cache
def _validator() -> Any:
    """The validator of a report. Integers must not have a decimal point, since Python prints 1.0 as it is."""
    from jsonschema import Draft202012Validator, validators

    integers = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    strict = validators.extend(Draft202012Validator, type_checker=integers)  # type: ignore[no-untyped-call]  # untyped there
    return strict(json.loads(SCHEMA.read_text("utf-8")))
