"""Texts that the suite invents for properties whose meaning it does not know, such as the name of a prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.role_kinds import forms_of

KNOWN = ("texts", "model", "dimensions", "encoding", "user")
"""The roles of properties whose values the suite knows."""


def has_invented_text(contract: Contract, payload: object, base: Mapping[str, Any]) -> bool:
    """Whether a valid *payload* has an invented text: a target may reject it, although its schema allows each text.

    A text is not invented if the document lists it, as an example, a default or in an enumeration, or if *base*, the
    plainest request, has it too.
    """
    known = {getattr(contract.roles, role) for role in KNOWN}
    return isinstance(payload, dict) and any(
        _has_invented(node, payload[name])
        for name, node in contract.form.properties.items()
        if name in payload and name not in known and payload[name] != base.get(name)
    )


def _has_invented(node: Schema | None, value: Any) -> bool:
    forms = [] if node is None else list(forms_of(node))
    if any(value == one for form in forms for one in _listed(form)):
        return False
    if isinstance(value, list):
        items = next((form.items for form in forms if form.items is not None), None)
        return any(_has_invented(items, one) for one in value)
    if isinstance(value, dict):
        members = {name: child for form in forms for name, child in form.properties.items()}
        return any(_has_invented(members.get(name), one) for name, one in value.items())
    return isinstance(value, str)


def _listed(node: Schema) -> Iterator[Any]:
    yield from (node.node[key] for key in ("example", "default") if key in node.node)
    for key in ("enum", "examples"):
        if isinstance(node.node.get(key), list):
            yield from node.node[key]
