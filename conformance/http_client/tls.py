"""TLS contexts for a target. Certificates are always verified; a private CA and a client certificate are optional."""

from __future__ import annotations

import ssl
from pathlib import Path

from conformance.errors import UsageError

UNTRUSTED = ("self-signed", "self signed", "issuer")
# A part of OpenSSL's name of an error, and its usual cause.
HINTS = {
    "CERTIFICATE_REQUIRED": "the server requires a client certificate (option cert)",
    "HANDSHAKE_FAILURE": "perhaps the server requires a client certificate (option cert)",
    "WRONG_VERSION_NUMBER": "the server probably uses plain http",
    "RECORD_LAYER_FAILURE": "the server probably uses plain http",
}


class CertificateFileError(UsageError, ValueError):
    """A file of certificates that cannot be used.

    file: its path as it was given.
    problem: what is wrong with it, and what was expected.
    """

    def __init__(self, file: Path, problem: str) -> None:
        self.file = file
        self.problem = problem
        super().__init__(f"certificate file {str(file)!r}: {problem}")


def tls_context(ca: Path | None, cert: Path | None) -> ssl.SSLContext:
    """Return a client context that verifies certificates.

    ca: PEM file of the only authorities to trust; None selects the system's store.
    cert: PEM file of a client certificate with its unencrypted private key.

    Raises `CertificateFileError`.
    """
    context = ssl.create_default_context(cafile=_authorities(ca))
    context.set_alpn_protocols(["http/1.1"])
    if cert is not None:
        _load_client_certificate(context, cert)
    return context


def explain_tls_error(error: Exception) -> str:
    """Explain an error of TLS in one sentence, with a fix if one is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        untrusted = any(word in error.verify_message for word in UNTRUSTED)
        hint = "; for a private authority, give its certificate (option ca)" if untrusted else ""
        return f"the server's certificate is not valid: {error.verify_message}{hint}"
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    hint = next((f"; {hint}" for part, hint in HINTS.items() if part in reason), "")
    return f"no TLS connection: {reason}{hint}"


def _authorities(ca: Path | None) -> str | None:
    if ca is None:
        return None
    _require_file(ca)
    try:
        ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise CertificateFileError(ca, f"contains no certificate in PEM format ({_reason(error)})") from error
    return str(ca)


def _load_client_certificate(context: ssl.SSLContext, cert: Path) -> None:
    _require_file(cert)
    try:
        # Without this password, OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, password="")
    except (ssl.SSLError, OSError) as error:
        raise CertificateFileError(
            cert, f"expected a PEM certificate with its unencrypted private key ({_reason(error)})"
        ) from error


def _require_file(file: Path) -> None:
    if not file.is_file():
        raise CertificateFileError(
            file,
            "does not exist; check the path"
            if not file.exists()
            else "is not a file; give the path of a file",
        )


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or str(error)
