"""The contract: document, overlays, errata, security, requirement catalogue."""

from .capabilities import Capability, DeclaredCapabilities, InvalidCapability, shipped_capabilities
from .clients import Client, Reliance, load_clients
from .contract import AppliedOverlay, Contract
from .errata import Erratum, load_errata
from .errors import ContractError, closest_name
from .openapi.json_pointer import resolve_pointer
from .requirements.catalogue import Catalogue
from .requirements.requirement import LEVELS, SOURCE_KINDS, CatalogueError, Requirement, Source
from .requirements.severity import SEVERITIES
from .requirements.versions import catalogue_version
from .requirements.wording import describe_condition, describe_keyword
from .schema import Schema
from .schema_node import UnsupportedSchema
from .security import Scheme, Security, UnsupportedSecurity

__all__ = [
    "LEVELS",
    "SEVERITIES",
    "SOURCE_KINDS",
    "AppliedOverlay",
    "Capability",
    "Catalogue",
    "CatalogueError",
    "Client",
    "Contract",
    "ContractError",
    "DeclaredCapabilities",
    "Erratum",
    "InvalidCapability",
    "Reliance",
    "Requirement",
    "Schema",
    "Scheme",
    "Security",
    "Source",
    "UnsupportedSchema",
    "UnsupportedSecurity",
    "catalogue_version",
    "closest_name",
    "describe_condition",
    "describe_keyword",
    "load_clients",
    "load_errata",
    "resolve_pointer",
    "shipped_capabilities",
]
