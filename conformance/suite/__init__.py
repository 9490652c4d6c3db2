"""The checks, by area; each exercises one requirement."""

from .build import build_suite
from .credentials import Credentials, MissingCredentials

__all__ = ["Credentials", "MissingCredentials", "build_suite"]
