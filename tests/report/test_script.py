"""The reproductions of a report as one script."""

from __future__ import annotations

import subprocess
from typing import Any

from conformance.report.render.script import script
from tests.report.documents import document, exchange, row


def output(
    *rows: dict[str, Any], ids: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """The result of the script for *rows*, with ``curl`` and the command replaced by functions that print words."""
    fakes = 'curl() { echo curl "$@"; }\nembeddings-conformance() { echo suite "$@"; }\n'
    words = ["bash", "-c", fakes + script(document(*rows)), "script", *ids]
    return subprocess.run(words, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **variables})


def test_each_failure_is_repeated() -> None:
    found = output(row("http.a", "fail"), row("http.b"), row("http.c", "fail"))
    call = "curl -sS -i -X POST url"
    assert found.stdout.split("\n") == ["", "== http.a", call, "", "", "== http.c", call, "", ""]


def test_only_the_given_requirements_are_repeated() -> None:
    assert "http.a" not in output(row("http.a", "fail"), row("http.c", "fail"), ids=("http.c",)).stdout


def test_a_requirement_on_several_requests_is_tested_as_a_whole() -> None:
    found = output(row("state.a", "fail", reproduce="embeddings-conformance run --only state.a"))
    assert "suite run --only state.a\ncurl" in found.stdout


def test_an_application_has_no_curl_command() -> None:
    found = output(row("http.a", "fail", reproduce="embeddings-conformance run --app a:b", in_process=True))
    assert "suite run --app a:b" in found.stdout
    assert "curl" not in found.stdout


def test_a_command_that_is_too_long_is_replaced_by_the_test() -> None:
    long = exchange(curl="# a command of 200,000 characters is too long for a report")
    found = output(row("http.a", "fail", evidence=[long], reproduce="embeddings-conformance run URL"))
    assert "suite run URL" in found.stdout


def test_a_missing_credential_ends_the_script() -> None:
    one = exchange(curl='curl -H "Authorization: Bearer $TOKEN" url')
    one["request"]["headers"] = [["Authorization", "Bearer $TOKEN"]]
    failed = row("http.a", "fail", evidence=[one])
    assert "TOKEN: export it" in output(failed).stderr
    assert "curl -H Authorization: Bearer abc url" in output(failed, TOKEN="abc").stdout


def test_only_variables_of_the_printed_commands_are_needed() -> None:
    rerun = "embeddings-conformance run --other-header 'Authorization: env:OTHER' --model env:large"
    assert "export it" not in output(row("http.a", "fail", reproduce=rerun)).stderr
    assert "OTHER: export it" in output(row("state.a", "fail", reproduce=rerun)).stderr


def test_texts_of_a_server_are_not_executed() -> None:
    reason = "it's 200 $(echo executed >&2)\necho executed >&2 `echo executed >&2`"
    found = output(row("http.a", "fail", title="x\necho executed >&2", reason=reason))
    assert "executed" not in found.stderr
