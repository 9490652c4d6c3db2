"""Load and validate an OpenAPI document. Nothing outside its file is ever read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.errors import InvalidDocument, InvalidReference, PointerError

from .defects import Defect
from .fields import Field
from .json_pointer import join_pointer, resolve_pointer
from .json_schema import compiled_schema, dialect_of
from .operation import cut_operation
from .references import check_references, openapi_objects
from .scopes import with_own_definitions
from .source_file import SourceFile, read_file
from .swagger2 import converted_swagger

# Characters in the messages about an invalid document: each repeats the invalid value, which contains the next one.
_MAX_WEIGHT_OF_ALL = 500_000
_MAX_WEIGHT = 20_000_000
_SCALARS = ("string", "integer", "number", "boolean", "null")
_SCALAR_KEYWORDS = frozenset(
    {"type", "enum", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"nullable"}
)
_KNOWN = re.compile(r"3\.[0-2](\.\d+(-\w+)?)?")
_CHECKED = ("3.0", "3.1")
"""The versions whose structure is checked."""


def load_document(path: Path) -> dict[str, Any]:
    """Load a document of OpenAPI 3.0 to 3.2, or one of Swagger 2.0, from a YAML or JSON file.

    This function checks only the version; `validate_document` checks the rest.
    Raises UnreadableFile; InvalidFile, with file and line.
    """
    return read_document(path)[0]


def read_document(path: Path, *, with_duplicates: bool = False) -> tuple[dict[str, Any], tuple[str, ...]]:
    """As ``load_document``, and the pointers of duplicate keys, which a document *with_duplicates* may have."""
    source = read_file(path, with_duplicates=with_duplicates)
    return _checked(source), source.duplicates


def duplicate_keys(document: Mapping[str, Any], pointers: Iterable[str]) -> Iterator[Defect]:
    """The duplicate keys at *pointers* that are a part of *document*."""
    for pointer in pointers:
        try:
            resolve_pointer(document, pointer)
        except PointerError:
            continue
        yield Defect(pointer, "the key occurs again in the same object", "the suite uses the last value")


def _checked(source: SourceFile) -> dict[str, Any]:
    if not isinstance(source.value, dict):
        raise Field(source).error("an OpenAPI document: an object with 'openapi', 'info' and 'paths'")
    if "swagger" in source.value:
        if str(source.value["swagger"]) != "2.0":
            raise source.error("/swagger", "Swagger 2.0", repr(source.value["swagger"]))
        return source.value
    version = source.value.get("openapi")
    if version is None:
        raise source.error("", "an OpenAPI document (openapi: 3.0.x, 3.1.x or 3.2.x)", "no member 'openapi'")
    if not _KNOWN.fullmatch(str(version)):
        raise source.error("/openapi", "OpenAPI 3.0, 3.1 or 3.2 (openapi: 3.1.0)", repr(version))
    return source.value


def only_operation(document: Mapping[str, Any], path: str, method: str) -> dict[str, Any]:
    """Return *document* with only the operation at *path* and *method*, as OpenAPI 3."""
    kept: dict[str, Any] = with_own_definitions(cut_operation(document, path, method))
    return converted_swagger(kept) if "swagger" in kept else kept


def defects_of(document: Mapping[str, Any]) -> tuple[Defect, ...]:
    """The places where *document* violates the specification of OpenAPI, although it can be read."""
    try:
        validate_document(document)
    except InvalidDocument as problem:
        return (Defect(problem.pointer, problem.problem, "the suite reads the rest of the document"),)
    except InvalidReference:
        return ()
    return ()


def validate_document(document: Mapping[str, Any]) -> None:
    """Validate a document against the JSON Schema of OpenAPI 3.0, and each default of a scalar against its schema.

    Raises InvalidReference for a reference that cannot be followed, InvalidDocument for the first of all problems.
    """
    check_references(document)
    try:
        _check_structure(document)
        _check_defaults(document)
    except UnicodeEncodeError:
        problem = "a text has a lone surrogate (\\ud800 to \\udfff), which is not a character"
        raise InvalidDocument("", problem, 1) from None


def _check_structure(document: Mapping[str, Any]) -> None:
    if _version(document) not in _CHECKED:
        return
    validator = _validator(_version(document))
    if validator.is_valid(document):
        return
    _, weight = _weigh(document)
    if weight > _MAX_WEIGHT:
        problem = (
            "it violates the OpenAPI 3.0 specification, and is too large to say where; shorten its texts"
        )
        raise InvalidDocument("", problem, 1)
    problems = list(validator.iter_errors(document)) if weight < _MAX_WEIGHT_OF_ALL else [_first(document)]
    cause = _innermost(problems[0])
    raise InvalidDocument(join_pointer(cause.instance_path), cause.message, len(problems))


def _first(document: Mapping[str, Any]) -> Any:
    from jsonschema_rs import ValidationError

    try:
        _validator(_version(document)).validate(document)
    except ValidationError as problem:
        return problem
    raise AssertionError("the document is valid")


def _innermost(problem: Any) -> Any:
    """The cause of *problem* that is deepest in the document: ``oneOf`` reports only the value as a whole."""
    causes = [_innermost(cause) for branch in getattr(problem.kind, "context", ()) for cause in branch]
    return max(causes, key=lambda one: len(one.instance_path), default=problem)


def _weigh(value: Any) -> tuple[int, int]:
    """The characters of a value, and those of it, of the heaviest value in it, and so on: the size of all messages."""
    if not isinstance(value, dict | list):
        return len(value) if isinstance(value, str) else 8, 0
    items = [_weigh(item) for item in (value.values() if isinstance(value, dict) else value)]
    keys = sum(map(len, value)) if isinstance(value, dict) else 0
    size = 8 + keys + sum(size for size, _ in items)
    return size, size + max((weight for _, weight in items), default=0)


def _check_defaults(document: Mapping[str, Any]) -> None:
    """Check the defaults of scalars by the keywords that the suite supports; a pattern can take very long."""
    dialect = {"x-dialect": dialect_of(document)}
    for pointer, node in openapi_objects(document):
        if "default" in node and _is_scalar(node):
            schema = {name: node[name] for name in _SCALAR_KEYWORDS & node.keys()}
            is_null = node["default"] is None and node.get("nullable")
            if not is_null and not _admits(schema, node["default"], dialect):
                raise InvalidDocument(f"{pointer}/default", "the default violates its own schema", 1)


def _is_scalar(node: Mapping[str, Any]) -> bool:
    kinds = node.get("type")
    return all(kind in _SCALARS for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _admits(schema: Mapping[str, Any], value: Any, dialect: Mapping[str, Any]) -> bool:
    """Whether *schema* admits *value*, or is itself invalid."""
    try:
        return bool(compiled_schema(schema, dialect).is_valid(value))
    except ValueError:
        return True


def _version(document: Mapping[str, Any]) -> str:
    return str(document.get("openapi", ""))[:3]


@cache
def _validator(version: str) -> Any:
    from jsonschema_rs import validator_for
    from openapi_spec_validator.schemas import schema_v30, schema_v31

    return validator_for(dict(schema_v31 if version == "3.1" else schema_v30))
