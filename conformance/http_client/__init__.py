"""The one client, over the network or into an application in this process.

It sends exactly what it is told and never trusts an answer. It knows HTTP and nothing of the contract.
"""

from .asgi.lifespan import AppStartError
from .asgi.load import AppLoadError, AppProblem
from .asgi.target import open_app
from .limits import Limits
from .models import Exchange, Failure, FailureKind, Request, Response, Target
from .network_target import open_url
from .request_writer import Unsendable
from .tls import CertificateFileError
from .url import TargetUrlError

__all__ = [
    "AppLoadError",
    "AppProblem",
    "AppStartError",
    "CertificateFileError",
    "Exchange",
    "Failure",
    "FailureKind",
    "Limits",
    "Request",
    "Response",
    "Target",
    "TargetUrlError",
    "Unsendable",
    "open_app",
    "open_url",
]
