"""One exchange that is being judged, and the results that are stored for it."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from conformance.contract import Contract
from conformance.validation import MISSING
from conformance.validation.strict_json import parse_fast, parse_json

from .masking import masked_finding, masked_request, masked_response, masked_text, texts_in, whole_body
from .recorded import Recorded
from .summary import Failures, Group, Position, Shown, Summary
from .vectors import Cut, Matrix, Vectors

MAX_LABEL: Final = 100
"""Characters of the name of a model or a provider."""

NOT_JSON: Final = "it is not JSON"


class Finding(NamedTuple):
    """What was expected and found."""

    expected: str
    found: str


class Line(NamedTuple):
    """A record: its bytes, its vectors, which are cut out of it, and whether the logger replaced a part of it."""

    text: bytes
    cut: Cut
    is_changed: bool


class Case:
    """A recorded exchange, its record at a position of the file with that number, and its group.

    ``has_vectors``: whether the vectors of the record are those of the response, in the order of its items.
    """

    __slots__ = ("_vectors", "file", "group", "has_vectors", "line", "position", "recorded")

    def __init__(self, recorded: Recorded, line: Line, position: Position, group: Group, file: int) -> None:
        self.recorded, self.line, self.position, self.group, self.file = recorded, line, position, group, file
        self.has_vectors = False
        self._vectors: Vectors | bool | None = False

    @property
    def vectors(self) -> Vectors | None:
        """The vectors of the record with their norms; None if one may not be a vector."""
        if isinstance(self._vectors, bool):
            self._vectors = self.line.cut.vectors()
        return self._vectors

    @property
    def matrix(self) -> Matrix | None:
        """The vectors of the record, shape (vectors, dimensions); None if one may not be a vector."""
        return None if self.vectors is None else self.vectors.matrix

    def response(self) -> Any:
        """The response with its vectors, as it was recorded."""
        if not self.line.cut.number:
            return self.recorded.response
        record = value_of(self.line.text)
        return self.recorded.response if record is None else self.recorded.format.value(record, "response")


class Notes:
    """Writes failures down in a *summary*. *show_texts*: whether evidence may have texts and vectors."""

    def __init__(self, contract: Contract, summary: Summary, *, show_texts: bool) -> None:
        self._roles, self.summary, self.show_texts = contract.roles, summary, show_texts

    def fail(self, case: Case, id: str, finding: Finding) -> None:
        """The exchange violates the requirement *id*."""
        self.add(self.summary.failures.setdefault(id, Failures()), case, finding)

    def add(self, failures: Failures, case: Case, finding: Finding) -> None:
        """Add the exchange to *failures*."""
        shown = self._shown(case, finding) if failures.wants(case.position) else None
        failures.add(case.group, case.recorded.time, shown)

    def _shown(self, case: Case, finding: Finding) -> Shown:
        recorded, request, response = case.recorded, case.recorded.request, case.response()
        sent = received = None
        if self.show_texts:
            sent = None if request is None else whole_body(request)
            received = None if response is None else whole_body(response)
        else:
            finding = Finding(*map(masked_finding, finding))
            sent = None if request is None else masked_request(request, self._roles)
            if response is not None:
                received = masked_response(_json_or_text(response), texts_in(request, self._roles))
        return Shown(case.position, *finding, sent, received, recorded.status, recorded.seconds or 0.0)


def value_of(line: bytes) -> Any:
    """The record in a *line*; None if it is not JSON. It may have NaN and Infinity, as Python's loggers write them."""
    parsed = parse_fast(line) or parse_json(line)
    if parsed.value is not MISSING:
        return parsed.value
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def ends_early(text: bytes) -> bool:
    """Whether *text* is the beginning of a JSON text."""
    try:
        json.loads(text.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        return error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    except RecursionError:
        return False
    return False


def _json_or_text(value: Any) -> Any:
    if isinstance(value, str):
        parsed = parse_json(value).value
        return masked_text(value) if parsed is MISSING else parsed
    return value
