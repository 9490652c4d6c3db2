"""Catalogues from changed requirement data."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from conformance.contract import Catalogue, Contract
from conformance.contract.openapi.source_file import read_file
from conformance.contract.requirements.catalogue import build_catalogue
from conformance.contract.role_search import pointers_of
from conformance.contract.schema import build_schema
from conformance.contract.security import Security
from conformance.contract.spec_files import spec_file

VENDORED = Contract.load()
CATALOGUE = VENDORED.catalogue
OF_DIMENSIONS = tuple(id for id, requirement in CATALOGUE.items() if "dimensions" in requirement.roles)
"""The requirements that a contract without the property does not have."""

DATA = read_file(spec_file("requirements.yaml")).value


def build(
    data: Mapping[str, Any] | None = None,
    *,
    document: Mapping[str, Any] | None = None,
    security: Security | None = None,
    strict: bool = True,
) -> Catalogue:
    """The vendored contract's catalogue with other requirement data, another document or security section."""
    contract = VENDORED
    document = document or contract.document
    roots = ((contract.request.pointer, "request"), (contract.response.pointer, "response"))
    return build_catalogue(
        document,
        data or DATA,
        schemas=[build_schema(document, pointer, name) for pointer, name in roots],
        security=security or contract.security,
        operation=(contract.path, contract.method),
        responses=contract.responses,
        places={
            "operation": "/paths/~1embeddings/post",
            "request": contract.request.pointer,
            "response": contract.response.pointer,
            "success": contract.responses.pointer,
            "json": contract.responses.media_types[0],
            "form": contract.form.pointer,
            **pointers_of(contract.form, contract.response, contract.roles),
        },
        roles=contract.roles,
        strict=strict,
    )


def changed(id: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The shipped data with one entry changed."""
    data: dict[str, Any] = deepcopy(DATA)
    change(next(entry for entry in data["requirements"] if entry["id"] == id))
    return data
