"""The responses that an operation declares: the statuses of success, the bodies of errors, and response headers.

Source: OpenAPI 3.0.3, sections "Responses Object" and "Header Object".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from conformance.text import clip

from .errors import ContractError, listed_names
from .openapi.defects import Defect
from .openapi.json_pointer import join_pointer, resolve_pointer
from .openapi.media_types import JSON, admits_json, json_types, sent_as
from .openapi.references import dereference
from .schema import Schema, build_schema
from .schema_node import UnsupportedSchema
from .schema_size import check_least_size

DEFAULT = "default"
USUAL = 200

ANY_SUCCESS = range(200, 300)

ERROR = re.compile(r"[45](\d\d|XX)", re.IGNORECASE)
"""A status of errors, or a range of them."""

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
"""Names of headers (RFC 9110, section 5.1) of a usual length."""

NOT_DECLARED = frozenset({"content-type"})
"""Headers that OpenAPI declares otherwise: a description of them is ignored."""

MAX_HEADERS = MAX_ERRORS = 50
"""Headers of a response, and responses to requests that fail, that are read."""

NOT_READ = "it is not tested"


@dataclass(frozen=True, eq=False)
class DeclaredHeader:
    """A header that each successful response may have, or must have if it is ``required``.

    ``pointer`` is the place of all headers of the response, where it has the key ``name``; ``label`` is the name in
    ids. ``schema`` is None if there is none. ``examples`` are those of the document.
    """

    name: str
    label: str
    pointer: str
    required: bool
    schema: Schema | None
    examples: Sequence[Any] = ()


@dataclass(frozen=True, eq=False)
class DeclaredError:
    """The response to requests that fail with ``status``: a number, a range such as ``4XX``, or ``default``.

    ``pointer`` is its place. ``schema`` is that of its JSON, or None. ``has_other_content`` is whether it has content,
    but none in JSON. ``media_type`` is that of its body.
    """

    status: str
    pointer: str
    schema: Schema | None
    has_other_content: bool = False
    media_type: str = JSON

    @property
    def label(self) -> str:
        """The status in ids."""
        return self.status.lower()

    @property
    def allows_object(self) -> bool:
        """Whether the body may be a JSON object."""
        if self.schema is None:
            return not self.has_other_content
        forms = [self.schema, *self.schema.branches]
        return any(form.type in (None, "object") and not form.branches for form in forms)


@dataclass(frozen=True)
class Responses:
    """The declared responses of an operation.

    ``success`` are the statuses of success; ``media_types`` those of its JSON, which may be ranges; ``pointer`` is its
    place.
    """

    success: Collection[int]
    pointer: str
    media_types: Sequence[str] = (JSON,)
    headers: Sequence[DeclaredHeader] = field(default=(), repr=False)
    errors: Mapping[str, DeclaredError] = field(default_factory=dict, repr=False)

    @property
    def status(self) -> int:
        """The usual status of success."""
        return USUAL if USUAL in self.success else min(self.success)

    @property
    def media_type(self) -> str:
        """The media type of a successful response."""
        return sent_as(self.media_types[0])

    @property
    def accept(self) -> tuple[tuple[str, str], ...]:
        """The header Accept of requests, if it must name another media type than clients name by default."""
        return () if self.media_type == JSON else (("Accept", self.media_type),)

    def has_type(self, media_type: str) -> bool:
        """Whether a successful response may have *media_type*."""
        return admits_json(self.media_types, media_type)

    def error(self, status: int) -> DeclaredError | None:
        """The declared response for the error *status*: the most specific one (OpenAPI 3.0.3, "Responses Object")."""
        found = (self.errors.get(key) for key in (str(status), f"{status // 100}XX", DEFAULT))
        return next((one for one in found if one is not None), None) if status >= 400 else None


def success_phrase(success: Collection[int]) -> str:
    """The statuses of *success* in words."""
    return " or ".join(map(str, sorted(success))) if len(success) < 3 else "a 2xx"


def success_key(document: Mapping[str, Any], pointer: str) -> str:
    """The key of the successful responses of the operation at *pointer*.

    That is the first 2xx with JSON, or else the first 2xx, or ``default``.
    """
    responses = resolve_pointer(document, pointer).get("responses", {})
    known = [status for status in map(str, responses) if status.startswith("2")]
    with_json = [s for s in known if json_types(dereference(document, f"{pointer}/responses/{s}")[1])]
    others = [DEFAULT] if DEFAULT in responses else [str(USUAL)]
    return next(iter([*sorted(with_json), *sorted(known), *others]))


def json_body(document: Mapping[str, Any], pointer: str) -> str:
    """The pointer of the JSON schema of the request body or response at *pointer*. Raises UnsupportedSchema."""
    pointer, node = dereference(document, pointer)
    found = json_types(node)
    if not found:
        raise UnsupportedSchema(pointer, f"content {listed_names(node.get('content', {})) or 'none'}", JSON)
    return pointer + join_pointer(("content", found[0], "schema"))


def read_responses(
    document: Mapping[str, Any], pointer: str, definitions: Mapping[str, Any], defects: list[Defect]
) -> Responses:
    """Read the responses of the operation at *pointer* of *document*, which is in normal form.

    What cannot be read is added to *defects*; the success must be readable.
    """
    reader = _Reader(document, f"{pointer}/responses", definitions, defects)
    key = success_key(document, pointer)
    return Responses(
        _statuses(key),
        reader.pointer + join_pointer((key,)),
        json_types(dereference(document, reader.pointer + join_pointer((key,)))[1]),
        list(reader.headers(key)),
        {error.status.upper() if error.status != DEFAULT else DEFAULT: error for error in reader.errors(key)},
    )


def _statuses(key: str) -> Collection[int]:
    return _one(int(key)) if key.isascii() and key.isdigit() else ANY_SUCCESS


@lru_cache(maxsize=100)
def _one(status: int) -> Collection[int]:
    return frozenset({status})


@dataclass(frozen=True)
class _Reader:
    document: Mapping[str, Any]
    pointer: str
    definitions: Mapping[str, Any]
    defects: list[Defect]

    def errors(self, success: str) -> Iterator[DeclaredError]:
        keys = [str(key) for key in resolve_pointer(self.document, self.pointer)]
        known = [key for key in keys if key != success and (key == DEFAULT or ERROR.fullmatch(key))]
        for key in known[:MAX_ERRORS]:
            error = self._error(key)
            if error is not None:
                yield error
        if len(known) > MAX_ERRORS:
            self._report(
                self.pointer, f"it has more than {MAX_ERRORS} responses", "the others are not tested"
            )

    def _error(self, key: str) -> DeclaredError | None:
        pointer = self.pointer + join_pointer((key,))
        node = self._mapping(pointer)
        if node is None:
            return None
        types = json_types(node)
        schema = None
        described = node["content"][types[0]] if types else None
        if isinstance(described, Mapping) and "schema" in described:
            place = dereference(self.document, pointer)[0] + join_pointer(("content", types[0], "schema"))
            schema = self._schema(place, f"{key} response")
        is_other = bool(node.get("content")) and not types
        return DeclaredError(key, pointer, schema, is_other, sent_as(types[0]) if types else JSON)

    def headers(self, success: str) -> Iterator[DeclaredHeader]:
        pointer = dereference(self.document, self.pointer + join_pointer((success,)))[0] + "/headers"
        node = self._mapping(pointer, optional=True) or {}
        labels: list[str] = []
        names: set[str] = set()
        for name in list(map(str, node))[:MAX_HEADERS]:
            header = self._mapping(pointer + join_pointer((name,)))
            if header is None or name.lower() in names | NOT_DECLARED:
                continue
            names.add(name.lower())
            if not TOKEN.fullmatch(name):
                self._report(pointer, f"{clip(name)} is not the name of a header", NOT_READ)
                continue
            labels.append(re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "header")
            again = labels.count(labels[-1])
            label = f"{labels[-1]}-{again}" if again > 1 else labels[-1]
            yield self._header(name, label, pointer, header)

    def _header(self, name: str, label: str, pointer: str, node: Mapping[str, Any]) -> DeclaredHeader:
        place = dereference(self.document, pointer + join_pointer((name,)))[0] + "/schema"
        schema = self._schema(place, f"{name} header") if "schema" in node else None
        own = {} if schema is None else schema.node
        examples = [one[key] for one in (node, own) for key in ("example", "default") if key in one]
        return DeclaredHeader(name, label, pointer, node.get("required") is True, schema, examples)

    def _mapping(self, pointer: str, *, optional: bool = False) -> Mapping[str, Any] | None:
        try:
            node = dereference(self.document, pointer)[1]
        except ContractError as problem:
            if not optional:
                self._report(pointer, str(problem), NOT_READ)
            return None
        return node if isinstance(node, Mapping) else None

    def _schema(self, pointer: str, name: str) -> Schema | None:
        try:
            schema = build_schema(self.document, pointer, name, self.definitions)
            check_least_size(schema)
            return schema
        except UnsupportedSchema as problem:
            self._report(problem.pointer, f"{problem.found} is not supported", NOT_READ)
        except ContractError as problem:
            self._report(pointer, str(problem), NOT_READ)
        return None

    def _report(self, pointer: str, problem: str, reading: str) -> None:
        self.defects.append(Defect(pointer, problem, reading))
