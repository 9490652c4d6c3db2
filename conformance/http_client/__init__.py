"""The HTTP client for targets on the network and for applications in this process.

It sends requests without changes and does not trust responses. It knows HTTP, and nothing of the contract.
"""

from .asgi.lifespan import AppStartError
from .asgi.load import AppLoadError, AppProblem
from .asgi.target import open_app
from .content_decoding import CODINGS
from .models import (
    Exchange,
    Failure,
    FailureKind,
    Limits,
    Request,
    Response,
    Target,
    UnrequestedBytes,
    send_until_received,
)
from .network_target import open_url
from .request_writer import Unsendable
from .tls import CertificateFileError
from .transport import (
    CLOSE_SECONDS,
    CONTINUE_SECONDS,
    PLAIN,
    Abandon,
    ChunkedWith,
    HeaderNames,
    Transport,
)
from .url import TargetUrlError

__all__ = [
    "CLOSE_SECONDS",
    "CODINGS",
    "CONTINUE_SECONDS",
    "PLAIN",
    "Abandon",
    "AppLoadError",
    "AppProblem",
    "AppStartError",
    "CertificateFileError",
    "ChunkedWith",
    "Exchange",
    "Failure",
    "FailureKind",
    "HeaderNames",
    "Limits",
    "Request",
    "Response",
    "Target",
    "TargetUrlError",
    "Transport",
    "UnrequestedBytes",
    "Unsendable",
    "open_app",
    "open_url",
    "send_until_received",
]
