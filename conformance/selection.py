"""Which requirements a configuration asks for."""

from __future__ import annotations

from .configuration import Configuration, ConfigurationError
from .contract import Catalogue


def chosen(configuration: Configuration, catalogue: Catalogue) -> tuple[str, ...]:
    """The ids that *configuration* asks for, all by default. Raises ConfigurationError for one that matches nothing."""
    if not configuration.only:
        return tuple(catalogue)
    found: set[str] = set()
    for pattern in configuration.only:
        matching = {requirement.id for requirement in catalogue.matching(pattern)}
        if not matching:
            near = catalogue.closest(pattern)
            found_instead = f"{pattern!r}" + (f"; did you mean {near}?" if near else "")
            raise ConfigurationError(
                "only", "the id of a requirement, or a glob that matches one", found_instead
            )
        found |= matching
    return tuple(id for id in catalogue if id in found)
