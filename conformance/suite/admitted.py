"""Checks whose requests not every contract admits."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract import Requirement
from conformance.engine import Check, each

from .context import NotAdmitted
from .judges import meets_expectation


def if_admitted(requirement: Requirement, make: Callable[[], Check]) -> Check:
    """The check that *make* gives, or one that is not tested where the contract does not admit its requests."""
    try:
        return make()
    except NotAdmitted as reason:
        return Check(requirement, (), each(meets_expectation), untestable=str(reason))
