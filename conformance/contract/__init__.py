"""The contract: document, overlays, errata, security algebra, requirement catalogue."""

from .catalogue import Catalogue
from .contract import AppliedOverlay, Contract
from .errata import Erratum, load_errata
from .errors import ContractError, closest
from .pointer import resolve
from .requirement import LEVELS, CatalogueError, Requirement, Source
from .schema import Schema, UnsupportedSchema
from .security import Scheme, Security, UnsupportedSecurity
from .titles import phrase

__all__ = [
    "LEVELS",
    "AppliedOverlay",
    "Catalogue",
    "CatalogueError",
    "Contract",
    "ContractError",
    "Erratum",
    "Requirement",
    "Schema",
    "Scheme",
    "Security",
    "Source",
    "UnsupportedSchema",
    "UnsupportedSecurity",
    "closest",
    "load_errata",
    "phrase",
    "resolve",
]
