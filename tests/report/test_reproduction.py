"""The commands that repeat a failure, in each report."""

from __future__ import annotations

import html as markup
import re
from typing import Any

import pytest

from conformance.report import explain_requirement, overview
from conformance.report.render.html import html
from conformance.report.render.markdown import markdown
from tests.report.documents import document, exchange, row

RERUN = "embeddings-conformance run http://127.0.0.1:8787/v1 --only AREA.a"
IN_PROCESS = "embeddings-conformance run --app server:app --only AREA.a"
IN_PROCESS_URL = "http://testserver/v1"
CURL = "curl -sS -i -X POST url"


def failed(area: str, rerun: str | None = RERUN, **changes: Any) -> dict[str, Any]:
    command = rerun and rerun.replace("AREA", area)
    return row(f"{area}.a", "fail", reproduce=command, **changes)


def commands(one: dict[str, Any]) -> list[str]:
    """The lines of the terminal from the first command on."""
    lines = [line.text for line in overview(document(one))]
    first = next(number for number, line in enumerate(lines) if line.startswith("  Reproduce"))
    return lines[first : lines.index("", first)]


def test_one_request_shows_the_failure_of_most_requirements() -> None:
    assert commands(failed("http")) == [f"  Reproduce    {CURL}"]


@pytest.mark.parametrize("area", ["meaning", "state", "forwarding"])
def test_a_requirement_on_several_requests_has_the_command_of_the_run(area: str) -> None:
    expected = [f"  Reproduce    {RERUN.replace('AREA', area)}", f"  One request  {CURL}"]
    assert commands(failed(area)) == expected
    assert explain_requirement(failed(area)).splitlines()[-2:] == expected
    assert RERUN.replace("AREA", area) in markdown(document(failed(area)))


def test_an_application_in_process_has_no_curl_command() -> None:
    one = failed("http", IN_PROCESS, in_process=True)
    expected = IN_PROCESS.replace("AREA", "http")
    assert commands(one) == [f"  Reproduce    {expected}"]
    for text in (explain_requirement(one), markdown(document(one)), html(document(one))):
        assert CURL not in text
        assert expected in markup.unescape(re.sub(r"<[^>]*>", "", text))


@pytest.mark.parametrize(
    ("app", "command"),
    [("server:app", "uvicorn server:app"), ("a.b:make()", "uvicorn --factory a.b:make")],
)
def test_each_report_of_an_application_says_how_to_serve_it(app: str, command: str) -> None:
    one = failed("http", IN_PROCESS, in_process=True, evidence=[exchange(curl=f"curl {IN_PROCESS_URL}")])
    target = {"url": IN_PROCESS_URL, "server_header": "", "app": app}
    report = document(one, target=target, reproduce=f"embeddings-conformance run --app {app}")
    terminal = "\n".join(line.text for line in overview(report))
    for text in (terminal, markdown(report), html(report)):
        assert "curl cannot reach the target" in text
        assert command in text
        assert f"curl {IN_PROCESS_URL}" not in text


def test_an_application_object_has_no_command_that_serves_it() -> None:
    """Its name is that of its class."""
    target = {"url": IN_PROCESS_URL, "server_header": "", "app": "fastapi.applications:FastAPI"}
    report = document(failed("http", None, in_process=True), target=target, reproduce=None)
    for text in ("\n".join(line.text for line in overview(report)), markdown(report), html(report)):
        assert "Serve it first" in text
        assert "uvicorn" not in text


def test_an_application_object_is_tested_again_by_the_same_call() -> None:
    one = failed("http", None, in_process=True)
    assert commands(one) == ["  Reproduce    repeat the call with only=['http.a']"]


def test_a_compressed_body_is_explained() -> None:
    line = "printf %s AAAA | base64 -d | gunzip | curl -sS -i -X POST url --data-binary @-"
    one = failed("http", evidence=[exchange(curl=line)])
    assert commands(one)[1].strip().endswith("it is long or has unusual characters.)")
    for text in (explain_requirement(one), markdown(document(one)), html(document(one))):
        assert "it is long or has unusual characters.)" in text
