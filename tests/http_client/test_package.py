from __future__ import annotations

import subprocess
import sys

import conformance.http_client
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response


def test_the_public_names() -> None:
    assert sorted(conformance.http_client.__all__) == [
        "Abandon",
        "AppLoadError",
        "AppProblem",
        "AppStartError",
        "CLOSE_SECONDS",
        "CODINGS",
        "CONTINUE_SECONDS",
        "CertificateFileError",
        "ChunkedWith",
        "Exchange",
        "Failure",
        "FailureKind",
        "HeaderNames",
        "Limits",
        "PLAIN",
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
    assert all(hasattr(conformance.http_client, name) for name in conformance.http_client.__all__)


def test_a_repr_has_no_header_values_and_no_bodies() -> None:
    request = Request(headers=(("authorization", "sk-secret"),), body=b"x-body")
    response = Response(200, (("set-cookie", "sk-secret"),), b"x-body")
    shown = repr(Exchange(request, response, None, 0.1))
    assert "sk-secret" not in shown
    assert "x-body" not in shown
    assert "status=200" in shown


def test_failure_kinds_have_stable_names() -> None:
    assert [str(kind) for kind in FailureKind] == [
        "refused",
        "unresolved",
        "tls",
        "timeout",
        "dropped",
        "protocol",
        "not-http",
        "too-large",
        "not-read",
        "abandoned",
    ]
    assert Failure(FailureKind("too-large"), "x").kind is FailureKind.TOO_LARGE


def test_importing_conformance_does_not_load_the_client_and_the_client_does_not_load_the_contract() -> None:
    code = (
        "import sys, conformance; assert 'conformance.http_client' not in sys.modules;"
        "import conformance.http_client;"
        "loaded = {name.split('.')[1] for name in sys.modules if name.startswith('conformance.')};"
        "assert loaded <= {'http_client', 'errors'}, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
