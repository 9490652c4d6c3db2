"""The one client, over the network or into an application in this process.

It sends exactly what it is told and never trusts an answer. It knows HTTP and nothing of the contract.
"""

from conformance.target.address import TargetUrlError
from conformance.target.app import open_app
from conformance.target.compose import Unsendable
from conformance.target.lifespan import AppStartError
from conformance.target.limits import Limits
from conformance.target.load import AppLoadError, AppProblem
from conformance.target.message import Exchange, Failure, FailureKind, Request, Response, Target
from conformance.target.network import open_url
from conformance.target.secret import Secret
from conformance.target.tls import CertificateFileError

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
    "Secret",
    "Target",
    "TargetUrlError",
    "Unsendable",
    "open_app",
    "open_url",
]
