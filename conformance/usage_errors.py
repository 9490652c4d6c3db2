"""The errors that a user can mend; their text says how. Everything else is an error of the suite."""

from __future__ import annotations

from .configuration import ConfigurationError
from .contract import (
    CatalogueError,
    ContractError,
    UnknownCapability,
    UnsupportedSchema,
    UnsupportedSecurity,
)
from .discovery import NotDiscovered
from .engine import Unreachable
from .report import BaselineError, UnreadableReport
from .suite import MissingCredentials, UnknownTokenizer
from .target import AppLoadError, AppStartError, CertificateFileError, TargetUrlError, Unsendable

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
