"""The contract: document, overlays, errata, security algebra, requirement catalogue."""

from .capabilities import Capability, DeclaredCapabilities, UnknownCapability, capabilities
from .clients import Client, Reliance, load_clients
from .contract import AppliedOverlay, Contract
from .errata import Erratum, load_errata
from .errors import ContractError, closest
from .openapi.json_pointer import resolve
from .requirements.catalogue import Catalogue
from .requirements.requirement import LEVELS, CatalogueError, Requirement, Source
from .requirements.wording import occasion, phrase
from .schema import Schema, UnsupportedSchema
from .security import Scheme, Security, UnsupportedSecurity

__all__ = [
    "LEVELS",
    "AppliedOverlay",
    "Capability",
    "Catalogue",
    "CatalogueError",
    "Client",
    "Contract",
    "ContractError",
    "DeclaredCapabilities",
    "Erratum",
    "Reliance",
    "Requirement",
    "Schema",
    "Scheme",
    "Security",
    "Source",
    "UnknownCapability",
    "UnsupportedSchema",
    "UnsupportedSecurity",
    "capabilities",
    "closest",
    "load_clients",
    "load_errata",
    "occasion",
    "phrase",
    "resolve",
]
