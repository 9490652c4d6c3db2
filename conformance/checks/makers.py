"""Makers of checks, by the id of their requirement. A check whose requests cannot be sent is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from conformance.contract import Requirement
from conformance.contract.roles import MissingRole
from conformance.engine import Check

from .context import Context
from .not_sent import NotAllowed, NotSupported

Maker = Callable[[Context, Requirement], Check]
"""Makes the check of a requirement. It may raise NotAllowed, MissingRole or NotSupported: then it is skipped."""

Makers = Mapping[str, Maker]
"""Makers by the id of a requirement in the catalogue's file, for example ``http.chunked``, ``http.method.{label}``."""


def checks_of(makers: Makers, context: Context) -> Iterator[Check]:
    """The check of each requirement that the catalogue and *makers* contain."""
    for requirement in context.contract.catalogue.values():
        check = check_of(makers, context, requirement)
        if check is not None:
            yield check


def check_of(makers: Makers, context: Context, requirement: Requirement) -> Check | None:
    """The check of *requirement*; None if *makers* do not contain it."""
    make = makers.get(requirement.template)
    return None if make is None else check_or_skipped(requirement, partial(make, context, requirement))


def check_or_skipped(requirement: Requirement, make: Callable[[], Check]) -> Check:
    """The check that *make* returns, or a skipped one if it cannot send its requests."""
    try:
        return make()
    except (NotAllowed, MissingRole) as reason:
        return Check.skipped(requirement, untestable=str(reason))
    except NotSupported as reason:
        return Check.skipped(requirement, unsupported=str(reason))
