"""Checks whose requests not every contract admits, and not every target claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Check, each

from .context import Context, NotAdmitted, NotSupported
from .judges import meets_expectation

Makers = Mapping[str, Callable[[Context, Vectors, Requirement], Check]]
"""What makes the checks of some requirements, by id."""


def checks_of(makers: Makers, context: Context, vectors: Vectors) -> Iterator[Check]:
    """The check for each requirement of *makers* that the catalogue has."""
    for id, make in makers.items():
        requirement = context.contract.catalogue.get(id)
        if requirement is not None:
            yield if_admitted(requirement, partial(make, context, vectors, requirement))


def if_admitted(requirement: Requirement, make: Callable[[], Check]) -> Check:
    """The check that *make* gives, or one that says why its requests can not be: by the contract, by the target."""
    try:
        return make()
    except NotAdmitted as reason:
        return Check(requirement, (), each(meets_expectation), untestable=str(reason))
    except NotSupported as reason:
        return Check(requirement, (), each(meets_expectation), unsupported=str(reason))
