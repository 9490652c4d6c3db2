"""The plainest valid request of a contract."""

from __future__ import annotations

from typing import Any

from .contract import Contract
from .example_values import example_text, example_value
from .roles import merged_payload


def base_payload(contract: Contract, model: str | None) -> Any:
    """Build the plainest valid request: only the required properties, and *model* if the contract has one."""
    payload, roles = example_value(contract.form), contract.roles
    if roles.texts is not None and roles.texts_place is not None:
        payload = merged_payload(payload, {roles.texts: roles.texts_place.example})
    elif roles.texts is not None and payload.get(roles.texts) is None:
        payload[roles.texts] = example_text(0)
    return merged_payload(payload, model_property(contract, model))


def model_property(contract: Contract, model: str | None) -> dict[str, Any]:
    """The property that names *model*; none without a model, or if the contract has no place for it."""
    return {} if model is None or contract.roles.model is None else {contract.roles.model: model}
