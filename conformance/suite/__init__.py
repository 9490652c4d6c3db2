"""The checks, by area; each exercises one requirement."""

from .build import build_suite
from .credentials import Credentials, MissingCredentials
from .generated import Generation
from .tokens import UnknownTokenizer

__all__ = ["Credentials", "Generation", "MissingCredentials", "UnknownTokenizer", "build_suite"]
