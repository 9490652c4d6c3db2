"""Why a request of a check is not sent: the contract does not allow it, or the target does not support it."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract import Contract
from conformance.generators import Case
from conformance.validation.semantic_rules import count_inputs


class NotAllowed(Exception):
    """The contract does not allow a request that a check needs; the message names the request and the violation."""

    def __init__(self, case: Case, reason: str = "") -> None:
        self.case = case
        violated = reason or ", ".join(sorted(case.violations))
        super().__init__(f"the contract does not allow a request with {case.description}: {violated}")


class NotSupported(Exception):
    """A check's request needs capabilities that are declared unsupported or limited; the message names them."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(sorted(missing))
        super().__init__(f"declared unsupported or limited: {', '.join(self.missing)}")


def undescribed_reason(contract: Contract, value: object) -> str:
    """Why a server may reject *value* as its texts, or answer it otherwise, although the schema allows it; or empty."""
    if contract.roles.has_one_vector and (count_inputs(value) or 0) > 1:
        return "a response has one vector"
    items = value if isinstance(value, list) else [value]
    is_described = contract.describes_texts or all(isinstance(item, str) for item in items)
    return "" if is_described else "it does not say that texts may be anything else"
