"""The plainest valid request, and values of optional properties: valid by all keywords of the contract."""

from __future__ import annotations

from typing import Any

from conformance.contract import Contract, examples
from conformance.validation.request import request_validator

from .schema_values import values_of


def base_payload(contract: Contract, model: str | None) -> Any:
    """Build the plainest valid request: only the required properties.

    If that is invalid, it is an example of the document. If that has none, the request is an invalid one.
    """
    payload, accepts = examples.base_payload(contract, model), request_validator(contract).accepts
    if accepts(payload):
        return payload
    values = values_of(contract)
    if not isinstance(payload, dict):
        return next(filter(accepts, values.valid(contract.request)), payload)
    for name, value in payload.items():
        node = contract.form.properties[name]
        if not values.validator(node).accepts(value):
            payload[name] = next(iter(values.valid(node)), value)
    known = (
        one | examples.model_property(contract, model) for one in contract.examples if isinstance(one, dict)
    )
    return payload if accepts(payload) else next(filter(accepts, known), payload)
