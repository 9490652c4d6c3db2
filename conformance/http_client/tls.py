"""TLS contexts for a target: always verified, with a private CA or a client certificate if one is given."""

from __future__ import annotations

import ssl
from pathlib import Path

from conformance.errors import UsageError

ABOUT_TRUST = ("self-signed", "self signed", "issuer")
# Part of OpenSSL's word for an error: what it usually means here.
HINTS = {
    "CERTIFICATE_REQUIRED": "the target asks for a client certificate (--target-cert)",
    "HANDSHAKE_FAILURE": "perhaps the target asks for a client certificate (--target-cert)",
    "WRONG_VERSION_NUMBER": "does the target speak plain http?",
    "RECORD_LAYER_FAILURE": "does the target speak plain http?",
}


class CertificateFileError(UsageError, ValueError):
    """A file of certificates that cannot be used.

    file: its path as it was given.
    problem: what is wrong with it and what was expected.
    """

    def __init__(self, file: Path, problem: str) -> None:
        self.file = file
        self.problem = problem
        super().__init__(f"certificate file {str(file)!r}: {problem}")


def tls_context(ca: Path | None, cert: Path | None) -> ssl.SSLContext:
    """Return a verifying client context.

    ca: PEM file of the only authorities to trust; None is the system's own store.
    cert: PEM file of a client certificate with its unencrypted private key.

    Raises `CertificateFileError`.
    """
    context = ssl.create_default_context(cafile=_authorities(ca))
    context.set_alpn_protocols(["http/1.1"])
    if cert is not None:
        _load_client_certificate(context, cert)
    return context


def explain(error: Exception) -> str:
    """Say in one sentence what went wrong in TLS, and how to mend it where that is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        about_trust = any(word in error.verify_message for word in ABOUT_TRUST)
        hint = "; a private authority is given with --target-ca" if about_trust else ""
        return f"the target's certificate is not valid: {error.verify_message}{hint}"
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    hint = next((f"; {hint}" for part, hint in HINTS.items() if part in reason), "")
    return f"no TLS connection: {reason}{hint}"


def _authorities(ca: Path | None) -> str | None:
    if ca is None:
        return None
    _must_exist(ca)
    try:
        ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise CertificateFileError(
            ca, f"expected certificates in PEM, found none ({_reason(error)})"
        ) from error
    return str(ca)


def _load_client_certificate(context: ssl.SSLContext, cert: Path) -> None:
    _must_exist(cert)
    try:
        # Without a password of ours OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, password="")
    except (ssl.SSLError, OSError) as error:
        raise CertificateFileError(
            cert, f"expected a certificate and its unencrypted private key in PEM ({_reason(error)})"
        ) from error


def _must_exist(file: Path) -> None:
    if not file.is_file():
        raise CertificateFileError(file, "does not exist" if not file.exists() else "is not a file")


def _reason(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or str(error)
