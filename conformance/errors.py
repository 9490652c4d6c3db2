"""The errors that a user can mend; their text says how. Everything else is an error of the suite."""

from __future__ import annotations

from .checks import MissingCredentials, UnknownTokenizer
from .config.settings import ConfigurationError
from .contract import CatalogueError, ContractError, UnknownCapability, UnsupportedSchema, UnsupportedSecurity
from .discovery import NotDiscovered
from .engine import Unreachable
from .http_client import AppLoadError, AppStartError, CertificateFileError, TargetUrlError, Unsendable
from .report import BaselineError, UnreadableReport

USAGE_ERRORS = (
    AppLoadError,
    AppStartError,
    BaselineError,
    CatalogueError,
    CertificateFileError,
    ConfigurationError,
    ContractError,
    MissingCredentials,
    NotDiscovered,
    TargetUrlError,
    UnknownCapability,
    Unreachable,
    Unsendable,
    UnknownTokenizer,
    UnreadableReport,
    UnsupportedSchema,
    UnsupportedSecurity,
)


def told(error: BaseException) -> str:
    """What *error* says, with what was added to it on its way."""
    return " ".join([str(error), *getattr(error, "__notes__", ())])
