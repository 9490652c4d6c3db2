"""Validators of schemas whose keywords have no requirements of their own."""

from __future__ import annotations

from conformance.contract import Catalogue, Schema
from conformance.contract.requirements.catalogue import from_schema

from .schema_validator import Validator


def own_validator(schema: Schema) -> Validator:
    """The validator of *schema*. Its violations name requirements that are in no catalogue of a contract."""
    own = {requirement.id: requirement for requirement in from_schema(schema)}
    return Validator(schema, Catalogue(own.values()))
