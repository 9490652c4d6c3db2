"""Contracts of a user's own document, which differs from the published one in its responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from zlib import crc32

from conformance.contract import Contract
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import vendored_document

PUBLISHED = read_file(vendored_document()).value
SUCCESS: Mapping[str, Any] = PUBLISHED["paths"]["/embeddings"]["post"]["responses"]["200"]
SCHEMA: Mapping[str, Any] = SUCCESS["content"]["application/json"]["schema"]


def json_response(
    schema: Mapping[str, Any], *, media_type: str = "application/json", **members: Any
) -> dict[str, Any]:
    """A response object with *schema*."""
    return {"description": "", "content": {media_type: {"schema": schema}}, **members}


def success(**members: Any) -> dict[str, Any]:
    """The published successful response, with other *members*."""
    return {**SUCCESS, **members}


def own_contract(
    folder: Path, responses: Mapping[str, Any], request_types: Mapping[str, str] | None = None
) -> Contract:
    """The published contract with other *responses*, and with other names of the media types of requests."""
    document = deepcopy(PUBLISHED)
    operation = document["paths"]["/embeddings"]["post"]
    operation["responses"] = dict(responses)
    content = operation["requestBody"]["content"]
    for old, new in (request_types or {}).items():
        content[new] = content.pop(old)
    return load_document(document, folder)


def load_document(document: Mapping[str, Any], folder: Path) -> Contract:
    """The contract of *document*, as a file in *folder*."""
    text = json.dumps(document)
    file = folder / f"{crc32(text.encode()):x}.json"
    file.write_text(text)
    return Contract.load(file)
