"""Loads and validates an OpenAPI 3.0 document. Nothing outside its file is ever read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from conformance.contract.errors import InvalidDocument, PointerError, RemoteReference

from .fields import Field
from .json_pointer import escape, join, resolve, unescape
from .references import check_references, dereference
from .source_file import read_file

__all__ = [
    "PointerError",
    "dereference",
    "escape",
    "load_document",
    "resolve",
    "unescape",
    "validate_document",
]

_SCHEMES = ("<all_urls>", "http", "https", "file")  # those that openapi-spec-validator would fetch from


def load_document(path: Path) -> dict[str, Any]:
    """Load an OpenAPI 3.0 document from a YAML or JSON file.

    Only the version is looked at; `validate_document` looks at the rest.
    Raises Malformed, with file and line.
    """
    source = read_file(path)
    if not isinstance(source.value, dict):
        raise Field(source).refuse("an OpenAPI document, which is an object")
    version = source.value.get("openapi")
    if version is None:
        raise source.refuse("", "an OpenAPI document (openapi: 3.0.x)", "no member 'openapi'")
    if not isinstance(version, str) or not re.fullmatch(r"3\.0\.\d+", version):
        mend = "" if isinstance(version, str) else "put the version in quotes"
        raise source.refuse("/openapi", "OpenAPI 3.0 (openapi: 3.0.x)", repr(version), mend)
    return source.value


def validate_document(document: Mapping[str, Any]) -> None:
    """Check a document against the OpenAPI 3.0 specification, with openapi-spec-validator.

    Raises ReferenceFault for a reference that cannot be followed, InvalidDocument for the first of all
    problems.
    """
    check_references(document)
    from openapi_spec_validator import OpenAPIV30SpecValidator

    class OfflineValidator(OpenAPIV30SpecValidator):
        resolver_handlers: Any = dict.fromkeys(_SCHEMES, _refuse_to_fetch)

    problems = list(OfflineValidator(document).iter_errors())
    if problems:
        first = problems[0]
        raise InvalidDocument(join(first.absolute_path), first.message, len(problems))


def _refuse_to_fetch(uri: str) -> NoReturn:
    raise RemoteReference(uri, "")
