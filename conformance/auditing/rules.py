"""What the requirements of a contract need from a recorded exchange, prepared once for all exchanges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from conformance.checks.meaning.dimensions import UNIT
from conformance.checks.observable import has_value_at, places_of, reported_as, request_conditions
from conformance.checks.response.consistency import CHECKS as CONSISTENCY
from conformance.checks.response.usage import CHECKS as USAGE
from conformance.checks.response.validity import MEDIA_TYPE
from conformance.contract import Contract
from conformance.validation.semantic_rules import DEPENDS_ON_REQUEST

SAME_TEXT: Final = "state.same-text"
SAME_IN_ENCODINGS: Final = "response.base64.equals-float"
CONSTANT_LENGTH: Final = "response.constant-length"
SAME_COUNT: Final = "response.usage.repeated"
SAME_COUNT_IN_ENCODINGS: Final = "response.usage.encodings"
SAME_IN_BATCH: Final = "meaning.duplicates"
UNIT_LENGTH: Final = "meaning.unit-length"
ERROR_JSON: Final = "http.error.json"
STACK_TRACE: Final = "http.error.stack-trace"
MARKUP: Final = "http.error.markup"
ERROR_FIELDS: Final = "http.error.fields"

ACROSS: Final = (SAME_TEXT, SAME_IN_ENCODINGS, CONSTANT_LENGTH, SAME_COUNT, SAME_COUNT_IN_ENCODINGS)
"""The requirements that compare several exchanges."""

UNIT_TOLERANCE: Final = UNIT
"""The greatest difference from 1 of the norm of a vector."""

JSON_TEXT: Final = "response.json."
"""The beginning of the ids of requirements on the JSON text of a response."""

MAX_SHAPES: Final = 10_000
"""Shapes of exchanges that are remembered."""

Shape = Any


class Rules:
    """The requirements that one success can show, for a contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.has = contract.catalogue.__contains__
        self._places, self._conditions = places_of(contract), request_conditions(contract)
        self._reported_as = reported_as(contract)
        across = {*CONSISTENCY, *USAGE, MEDIA_TYPE}
        self._single = [
            r.id for r in contract.catalogue.values() if r.area == "response" and r.id not in across
        ]
        self._shown: dict[Shape, frozenset[str]] = {}
        self._only = {r.id: frozenset({r.id}) for r in contract.catalogue.values()}

    def only(self, id: str) -> frozenset[str]:
        """The set of one requirement."""
        return self._only[id]

    def met_by(self, request: Any) -> tuple[bool, ...]:
        """Whether a *request*, which may be None, meets each of the conditions of requirements on responses."""
        return tuple([request is not None and test(request) for test in self._conditions.values()])

    def shown_by(self, value: Any, request: Any, *, as_sent: bool, is_whole: bool) -> frozenset[str]:
        """The requirements that a success with the body *value* shows, whose *request* may be None.

        *as_sent*: whether the JSON text of the response was recorded. *is_whole*: whether the whole request was.
        """
        met = self.met_by(request)
        key = (_shape(value), met, request is None, as_sent, is_whole)
        found = self._shown.get(key)
        if found is None:
            found = frozenset(self._shows(value, dict(zip(self._conditions, met, strict=True)), key))
            if len(self._shown) < MAX_SHAPES:
                self._shown[key] = found
        return found

    def _shows(self, value: Any, met: Mapping[str, bool], key: Shape) -> Iterator[str]:
        _, _, has_no_request, as_sent, is_whole = key
        for id in self._single:
            if id.startswith(JSON_TEXT) and not as_sent:
                continue
            if not met.get(id, True) or (id in DEPENDS_ON_REQUEST and has_no_request):
                continue
            if not is_whole and id == "response.encoding":
                continue
            places = self._places.get(id)
            if places is None or any(has_value_at(value, place) for place in places):
                yield id

    def failing(self, shown: frozenset[str], violated: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Those of the requirements *shown* that fail, each with the one of *violated* that is reported for it."""
        for id in shown if violated else ():
            reported = self._reported_as.get(id, id)
            if reported in violated:
                yield id, reported


@lru_cache(maxsize=4)
def rules_of(contract: Contract) -> Rules:
    """The rules of a *contract*, which many small files share."""
    return Rules(contract)


def _shape(value: Any) -> Shape:
    """The names in *value*, a JSON value; of a list only those in the first item."""
    if type(value) is dict:
        return tuple((name, _shape(child)) for name, child in value.items())
    if type(value) is list:
        return ("items", _shape(value[0])) if value else "no items"
    return None
