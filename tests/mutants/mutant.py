"""A mutant: the reference server with one fault."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.contract import DeclaredCapabilities
from tests.faulty_servers.servers import Fault


@dataclass(frozen=True)
class Mutant:
    """The reference server with one fault.

    ``breaks`` is the id of the requirement that the fault violates. ``also`` are patterns of ids that it unavoidably
    violates too, although the catalogue does not declare them as related. ``shown_by`` are the ids of requirements
    whose requests show the fault, beside those of ``breaks``. ``declared`` is what
    the server declares as unsupported, and its limits; without the fault, it rejects requests that need more.
    ``tenants``: whether the server has a second tenant, whose credentials the suite has too.
    """

    name: str
    breaks: str
    fault: Fault
    also: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    declared: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)
    tenants: bool = False
