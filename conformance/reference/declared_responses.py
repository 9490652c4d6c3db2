"""Responses in the form that the contract declares: the bodies of errors, and the headers of a success."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from starlette.responses import Response

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_value
from conformance.contract.responses import DeclaredError, DeclaredHeader
from conformance.validation import Validator
from conformance.validation.header_values import header_readings, header_text
from conformance.validation.own_schema import own_validator

from .errors import Rejection

INVALID, UNPROCESSABLE = 400, 422

MESSAGES = ("message", "msg", "detail", "error", "description", "error_description", "title", "reason")
"""Names of properties that servers use for the text of an error."""

SIMPLEST: Sequence[Any] = (None, {}, [], "", 0, False)
"""Bodies for schemas that no text of an error fits."""

MAX_DEPTH = 6
"""Levels of a body in which optional properties are filled in."""


class DeclaredResponses:
    """Makes responses in the form that *contract* declares for their status."""

    def __init__(self, contract: Contract) -> None:
        self._responses = contract.responses
        errors = self._responses.errors.values()
        self._forms = {e.status: ErrorForm(e.schema) for e in errors if e.schema is not None}

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The headers that each success must have."""
        return {h.name: _value_of(h) for h in self._responses.headers if h.required}

    def error(self, rejection: Rejection) -> Response:
        """The response for *rejection*: in the declared form of its status, or else in OpenAI's."""
        status = self._status(rejection)
        declared = self._responses.error(status)
        form = None if declared is None else self._forms.get(declared.status)
        if declared is None or form is None:
            return rejection.response()
        body = json.dumps(form.body(rejection, status))
        return Response(body, status, headers=rejection.headers, media_type=declared.media_type)

    def _status(self, rejection: Rejection) -> int:
        """400 becomes 422 if the contract declares only that, as those of FastAPI do."""
        declared: Mapping[str, DeclaredError] = self._responses.errors
        prefers_422 = str(INVALID) not in declared and str(UNPROCESSABLE) in declared
        return UNPROCESSABLE if rejection.status == INVALID and prefers_422 else rejection.status


class ErrorForm:
    """The form of error bodies that are valid by *schema*."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._validators: dict[str, Validator] = {}

    def body(self, rejection: Rejection, status: int) -> object:
        """A body for *rejection*; in OpenAI's form if the schema admits no other one that can be made."""
        usual = {"error": rejection.fields}
        values = _usual_values(rejection, status)
        has_members = any(form.properties for form in (self._schema, *self._schema.branches))
        bodies: list[object] = [] if has_members else [usual, rejection.fields["message"]]
        bodies += [self._value(self._schema, "", values, depth) for depth in (MAX_DEPTH, 0)]
        bodies += [*self._schema.node.get("enum", ()), *SIMPLEST]
        return next((body for body in bodies if self._accepts(self._schema, body)), usual)

    def _accepts(self, schema: Schema, value: object) -> bool:
        if schema.name not in self._validators:
            self._validators[schema.name] = own_validator(schema)
        return self._validators[schema.name].accepts(value)

    def _value(self, schema: Schema, name: str, usual: Mapping[str, Sequence[Any]], depth: int) -> Any:
        """A value of *schema* for the property *name*; optional properties only in *depth* levels."""
        for value in usual.get(name, ()):
            if self._accepts(schema, value):
                return value
        if schema.branches:
            values = (self._value(branch, name, usual, depth) for branch in schema.branches)
            return next((value for value in values if self._accepts(schema, value)), None)
        if schema.type == "array" and schema.items is not None:
            length = max(1, schema.node.get("minItems", 1))
            return [self._value(schema.items, name, usual, depth)] * length
        if schema.type == "object" or schema.properties:
            undescribed = {key: usual.get(key, ("",))[0] for key in schema.required}
            described = {
                key: self._value(child, key, usual, depth - 1)
                for key, child in schema.properties.items()
                if key in schema.required or (depth > 0 and _is_about_errors(child, key, usual, depth))
            }
            return undescribed | described
        return example_value(schema)


def _usual_values(rejection: Rejection, status: int) -> Mapping[str, Sequence[Any]]:
    """Values for properties that servers often have in the bodies of errors, by name: the first one that is valid."""
    fields = rejection.fields
    place = ["body", *filter(None, [fields["param"]])]
    return {
        **dict.fromkeys(MESSAGES, (fields["message"],)),
        **dict.fromkeys(("type", "error_type"), (fields["type"],)),
        **dict.fromkeys(("code", "error_code"), (fields["code"], status, str(status))),
        **dict.fromkeys(("status", "status_code"), (status, str(status))),
        "param": (fields["param"], ""),
        "loc": (place,),
        "object": ("error",),
    }


def _is_about_errors(schema: Schema, name: str, usual: Mapping[str, Sequence[Any]], depth: int) -> bool:
    """Whether the property *name* has a usual value, or a property in it does."""
    inner = [schema, *schema.branches, *([schema.items] if schema.items is not None else [])]
    return name in usual or (
        depth > 0
        and any(
            _is_about_errors(child, key, usual, depth - 1)
            for form in inner
            for key, child in form.properties.items()
        )
    )


def _value_of(header: DeclaredHeader) -> str:
    """A value of *header*: an example of the document, or a generated one."""
    if header.schema is None:
        return next((header_text(one) for one in header.examples if _is_plain(header_text(one))), "1")
    validator = own_validator(header.schema)
    values = [header_text(one) for one in (*header.examples, example_value(header.schema))]
    valid = (value for value in values if any(map(validator.accepts, header_readings(value))))
    return next((value for value in valid if _is_plain(value)), values[-1] if _is_plain(values[-1]) else "1")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
