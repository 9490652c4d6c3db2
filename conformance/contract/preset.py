"""Presets: small selections of requirements for runs that are repeated often (``spec/presets.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .openapi.source_file import read_file
from .requirements.catalogue import Catalogue
from .roles import Roles
from .spec_files import spec_file


@dataclass(frozen=True, slots=True)
class Preset:
    """Requirements by severity, and those whose ids match one of ``also``, in at most ``max_requests`` requests.

    ``first`` are ids and globs of those that get the requests first. ``roles`` are those that a contract must have.
    """

    name: str
    severities: tuple[str, ...]
    also: tuple[str, ...]
    first: tuple[str, ...]
    roles: tuple[str, ...]
    max_requests: int

    def ids(self, catalogue: Catalogue) -> set[str]:
        """The ids of the requirements of *catalogue* that it selects."""
        found = {id for id, requirement in catalogue.items() if requirement.severity in self.severities}
        return found.union(*({r.id for r in catalogue.matching(pattern)} for pattern in self.also))

    def first_ids(self, catalogue: Catalogue) -> tuple[str, ...]:
        """The ids of the requirements of *catalogue* that get the requests first, in this order."""
        selected = self.ids(catalogue)
        found = dict.fromkeys(r.id for pattern in self.first for r in catalogue.matching(pattern))
        return tuple(id for id in found if id in selected)

    def missing(self, catalogue: Catalogue, roles: Roles) -> str:
        """What a contract lacks for this preset, as the end of a sentence; empty if it has everything."""
        if lacking := [role for role in self.roles if not roles.has(role)]:
            return f"a property for the role {lacking[0]}"
        present = {requirement.severity for requirement in catalogue.values()}
        if lacking := [severity for severity in self.severities if severity not in present]:
            return f"a requirement of severity {lacking[0]}"
        return ""


@cache
def shipped_presets() -> Mapping[str, Preset]:
    """All presets by name."""
    entries = read_file(spec_file("presets.yaml")).value["presets"]
    found = (
        Preset(
            name=entry["name"],
            severities=tuple(entry["severities"]),
            also=tuple(entry["also"]),
            first=tuple(entry["first"]),
            roles=tuple(entry["roles"]),
            max_requests=entry["max-requests"],
        )
        for entry in entries
    )
    return {preset.name: preset for preset in found}
