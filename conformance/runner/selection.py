"""Which requirements a configuration asks for."""

from __future__ import annotations

from conformance.checks import UPSTREAM
from conformance.config.settings import Configuration, ConfigurationError
from conformance.contract import Catalogue, Contract, DeclaredCapabilities, occasion


def claims_of(configuration: Configuration) -> DeclaredCapabilities:
    """What *configuration* says that the target claims. Raises UnknownCapability."""
    return DeclaredCapabilities.read(configuration.unsupported, configuration.limit)


def catalogue_of(configuration: Configuration, contract: Contract) -> Catalogue:
    """The requirements that a run under *configuration* is about. Raises UnknownCapability."""
    played = {UPSTREAM} if configuration.upstream else set[str]()
    return contract.catalogue.under(claims_of(configuration).circumstances | played)


def chosen(configuration: Configuration, catalogue: Catalogue, whole: Catalogue) -> tuple[str, ...]:
    """The ids of *catalogue* that *configuration* asks for, all by default; *whole* are those of all runs.

    Raises ConfigurationError for one that matches nothing.
    """
    if not configuration.only:
        return tuple(catalogue)
    found: set[str] = set()
    for pattern in configuration.only:
        matching = {requirement.id for requirement in catalogue.matching(pattern)}
        if not matching:
            if elsewhere := whole.matching(pattern):
                expected = (
                    f"requirements of this run; {pattern} is tested where {occasion(elsewhere[0].when)}"
                )
                raise ConfigurationError("only", expected, "none of them")
            near = catalogue.closest(pattern)
            found_instead = f"{pattern!r}" + (f"; did you mean {near}?" if near else "")
            raise ConfigurationError(
                "only", "the id of a requirement, or a glob that matches one", found_instead
            )
        found |= matching
    return tuple(id for id in catalogue if id in found)
