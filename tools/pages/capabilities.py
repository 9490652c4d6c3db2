"""The capabilities that a target may lack."""

from __future__ import annotations

import json

from conformance.contract import Capability, shipped_capabilities
from conformance.contract.capabilities import with_role_names
from conformance.contract.roles import usual_roles

from .markdown import code, plain, rows


def table() -> str:
    """Each capability: how to declare it, and the requests that must then be rejected."""
    body = [
        [code(name), _options(capability), plain(capability.title), _example(capability)]
        for name, capability in shipped_capabilities().items()
    ]
    return rows(["capability", "options", "requests that must be rejected", "example"], body)


def _options(capability: Capability) -> str:
    options = {"unsupported": capability.needed_by, "limit": capability.beyond}
    return ", ".join(code(name) for name, schema in options.items() if schema is not None)


def _example(capability: Capability) -> str:
    example = with_role_names(capability.example, usual_roles())
    return code(json.dumps(example)) if example else ""
