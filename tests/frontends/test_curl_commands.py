"""The curl command of an evidence sends the same request again, and gets the same response."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import ASGIApp

from conformance import check
from conformance.reference import background_server
from tests.frontends.conftest import AlteredApp

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")

STATUS = re.compile(r"^HTTP/1\.1 (\d{3})", re.MULTILINE)
CHOSEN = (
    "http.chunked",
    "http.method.status",
    "request.json.depth",
    "request.json.encoding",
    "request.json.empty",
    "auth.secret.portkey-key.last-character-removed",
    "auth.secret.provider-auth.last-character-removed",
    "auth.secret.portkey-key.case-changed",
    "auth.secret.provider-auth.case-changed",
    "auth.secret.portkey-key.empty",
    "auth.secret.provider-auth.empty",
    "auth.secret.portkey-key.character-appended",
    "auth.secret.provider-auth.wrong",
    "auth.reject.without-portkey-key",
)


def with_distinct_status(response: Any) -> Any:
    """Another 2xx status for each response that is not a plain 200, so that responses can be told apart."""
    plain = b'"river"' in response.scope["sent"] and len(response.scope["sent"]) < 100
    framed = any(name == b"content-length" for name, _ in response.scope["headers"])
    if response.status == 200 and plain and framed:
        return response
    return replace(
        response, status={200: 203, 400: 210, 401: 211, 405: 215, 413: 213}.get(response.status, 299)
    )


def run_command_line(line: str, credentials: Mapping[str, str]) -> str:
    """The output of *line* in bash, with the credentials in the variables that it names."""
    variables = {
        "X_PORTKEY_API_KEY": credentials["Portkey-Key"],
        "X_PORTKEY_VIRTUAL_KEY": credentials["Virtual-Key"],
        "X_PORTKEY_CONFIG": credentials["Config"],
        "AUTHORIZATION": credentials["Provider-Auth"],
    }
    environment = {"PATH": os.environ["PATH"], **variables}
    ended = subprocess.run(
        ["bash", "-c", line], env=environment, capture_output=True, check=False, timeout=30
    )
    assert not ended.stderr, ended.stderr
    return ended.stdout.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def evidence(reference: ASGIApp, header: list[str]) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """The evidence of the chosen requirements, all of which fail on a server that runs until the last test."""
    headers = dict(line.split(": ", 1) for line in header)
    with background_server(AlteredApp(reference, with_distinct_status)) as url:
        rows = check(url, headers=headers, only=[*CHOSEN]).as_dict()["requirements"]
        yield {row["id"]: row["evidence"] for row in rows if row["id"] in CHOSEN}


def test_the_curl_command_gets_the_same_status(
    evidence: dict[str, list[dict[str, Any]]], credentials: Mapping[str, str]
) -> None:
    lines = 0
    for id, items in evidence.items():
        assert items, id
        for item in items:
            again = STATUS.findall(run_command_line(item["curl"], credentials))[-1]
            assert int(again) == item["response"]["status"], (id, item["curl"][:500])
            lines += 1
    assert lines > len(CHOSEN)


def test_a_derived_credential_is_an_expansion_of_its_variable(
    evidence: dict[str, list[dict[str, Any]]],
) -> None:
    def line(id: str) -> str:
        return str(evidence[id][0]["curl"])

    assert '-H "x-portkey-api-key: ${X_PORTKEY_API_KEY%?}"' in line(
        "auth.secret.portkey-key.last-character-removed"
    )
    assert '-H "Authorization: Bearer ${AUTHORIZATION%?}"' in line(
        "auth.secret.provider-auth.last-character-removed"
    )
    assert '-H "x-portkey-api-key: ${X_PORTKEY_API_KEY~~}"' in line("auth.secret.portkey-key.case-changed")
    assert '-H "x-portkey-api-key: ${X_PORTKEY_API_KEY}x"' in line(
        "auth.secret.portkey-key.character-appended"
    )
    assert "-H 'x-portkey-api-key;'" in line("auth.secret.portkey-key.empty")
    assert "-H 'Authorization: Bearer'" in line("auth.secret.provider-auth.empty")
    assert "-H 'Transfer-Encoding: chunked'" in line("http.chunked")
    assert line("request.json.depth").startswith("printf %s ")
    assert "| base64 -d | gunzip | curl " in line("request.json.depth")
