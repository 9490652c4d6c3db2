"""Documents that differ from the published one in the parameters of their operation."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from conformance.contract import Contract
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import vendored_document

DEPLOYMENTS = "/deployments/{deployment-id}/embeddings"

PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "deployment-id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "example": "small"},
    },
    {
        "name": "api-version",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "enum": ["2024-10-21", "2025-06-01"]},
    },
    {"name": "x-tenant", "in": "header", "required": True, "example": "t1", "schema": {"type": "string"}},
]


def contract_with(
    folder: Path,
    path: str = DEPLOYMENTS,
    parameters: list[dict[str, Any]] = PARAMETERS,
    *,
    server: str = "https://{resource}.example.com/openai",
    profile: str = "openai",
) -> Contract:
    """The published document as a user's own one, with its operation at *path* and with *parameters*."""
    document = deepcopy(read_file(vendored_document()).value)
    item = document["paths"].pop("/embeddings")
    del item["servers"]
    document["paths"] = {path: item}
    document["servers"] = [{"url": server, "variables": {"resource": {"default": "mine"}}}]
    item["post"]["parameters"] = parameters
    item["post"]["security"] = [{"Bearer": []}]
    document["components"]["securitySchemes"]["Bearer"] = {"type": "http", "scheme": "bearer"}
    file = folder / "own.json"
    file.write_text(json.dumps(document), "utf-8")
    return Contract.load(file, profile=profile)
