"""Load and validate an OpenAPI 3.0 document. Nothing outside its file is ever read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from conformance.contract.errors import InvalidDocument, RemoteReference

from .fields import Field
from .json_pointer import join
from .references import check_references
from .source_file import read_file

_SCHEMES = ("<all_urls>", "http", "https", "file")  # the schemes that openapi-spec-validator would fetch


def load_document(path: Path) -> dict[str, Any]:
    """Load an OpenAPI 3.0 document from a YAML or JSON file.

    This function checks only the version; `validate_document` checks the rest.
    Raises UnreadableFile; InvalidFile, with file and line.
    """
    source = read_file(path)
    if not isinstance(source.value, dict):
        raise Field(source).error("an OpenAPI document, which is an object")
    version = source.value.get("openapi")
    if version is None:
        raise source.error("", "an OpenAPI document (openapi: 3.0.x)", "no member 'openapi'")
    if not isinstance(version, str) or not re.fullmatch(r"3\.0\.\d+", version):
        fix = "" if isinstance(version, str) else "put the version in quotes"
        raise source.error("/openapi", "OpenAPI 3.0 (openapi: 3.0.x)", repr(version), fix)
    return source.value


def validate_document(document: Mapping[str, Any]) -> None:
    """Validate a document against the OpenAPI 3.0 specification, with openapi-spec-validator.

    Raises InvalidReference for a reference that cannot be followed, InvalidDocument for the first of all problems.
    """
    check_references(document)
    from openapi_spec_validator import OpenAPIV30SpecValidator

    class OfflineValidator(OpenAPIV30SpecValidator):
        resolver_handlers: Any = dict.fromkeys(_SCHEMES, _reject_fetch)

    problems = list(OfflineValidator(document).iter_errors())
    if problems:
        first = problems[0]
        raise InvalidDocument(join(first.absolute_path), first.message, len(problems))


def _reject_fetch(uri: str) -> NoReturn:
    raise RemoteReference(uri, "")
