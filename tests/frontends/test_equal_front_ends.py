"""The three front ends, pytest, the command and check(), give the same report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.types import ASGIApp

from conformance import UsageError, check
from conformance.contract import Contract, load_errata
from conformance.reference import create_app
from conformance.report.model import document
from tests.faulty_servers.servers import application, server_of, with_faults
from tests.mutants.all_mutants import mutants

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
Alter = Callable[..., Any]
TIMES = ("started", "seconds", "latency", "canaries")
REQUESTS = ("auth.accept.*", "request.model.*", "http.method.*")
"""Requirements with few requests, of several areas."""

EMBEDDED = b'{"data": [{"embedding": [0.5]}]}'


def misbehave(response: Any) -> Any:
    """Accept GET, omit Allow, accept bodies that are not objects, crash on a trailing comma."""
    if response.scope["method"] == "GET" or response.scope["sent"] in (b"null", b"true"):
        return replace(response, status=200, body=EMBEDDED)
    if response.scope["sent"].endswith(b",}"):
        return replace(response, status=500, body=b"oops")
    return replace(response, headers=[(name, value) for name, value in response.headers if name != b"allow"])


def without_times(report: Any) -> Any:
    """*report* without the parts that differ between two runs: times, dates, ports."""
    if isinstance(report, dict):
        return {k: without_times(v) for k, v in report.items() if k not in TIMES}
    if isinstance(report, list):
        kept = [item for item in report if not (isinstance(item, list) and item[:1] == ["date"])]
        return [without_times(item) for item in kept]
    return report


@pytest.fixture
def schema() -> Any:
    return json.loads(Path(document.__file__).with_name("report.schema.json").read_text("utf-8"))


def test_the_front_ends_write_the_same_report(
    run_pytest: FrontEnd,
    run_command: FrontEnd,
    alter: Alter,
    header: list[str],
    contract: Contract,
    schema: Any,
) -> None:
    url = alter(misbehave).url
    small = {"examples": 5, "seed": 3, "max_tokens": 12000, "concurrency": 1}
    by_check = check(url, headers=dict(line.split(": ", 1) for line in header), **small)
    reports = [run_pytest(url, **small).report, run_command(url, **small).report, by_check.as_dict()]
    for report in reports:
        jsonschema.validate(report, schema)
        assert [row["id"] for row in report["requirements"]] == list(contract.catalogue.applicable(()))
        assert {row["id"]: row["verdict"] for row in report["requirements"]}["request.type"] == "fail"
        assert report["seed"] == 3
    assert without_times(reports[0]) == without_times(reports[1]) == without_times(reports[2])
    assert by_check.code == reports[0]["exit_code"] == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", marks=pytest.mark.slow),
        pytest.param("sorts items by their index as text", marks=pytest.mark.slow),
        "ignores chunked bodies",
        pytest.param("accepts a key in the query parameter key", marks=pytest.mark.slow),
    ],
    ids=lambda name: name or "the reference server",
)
def test_the_front_ends_agree_on_the_reference_and_on_mutants(
    run_pytest: FrontEnd,
    run_command: FrontEnd,
    serve: Callable[..., str],
    header: list[str],
    small: Contract,
    name: str,
) -> None:
    chosen: dict[str, Any] = {
        "examples": 5,
        "concurrency": 1,  # what a failure has in flight beside it decides how often it is repeated
        "contract": str(small.file),
        "only": [*REQUESTS, "property.valid"],
    }
    app: ASGIApp = create_app(small)
    broken = set()
    if name:
        mutant = mutants(small)[name]
        app, broken = application(with_faults(server_of(app), mutant.fault)), {mutant.breaks}
        chosen["only"] = [mutant.breaks, *REQUESTS]
    url = serve(app)
    by_check = check(url, headers=dict(line.split(": ", 1) for line in header), **chosen)
    reports = [
        run_pytest(url, **chosen).report,
        run_command(url, **chosen).report,
        by_check.as_dict(),
    ]
    assert without_times(reports[0]) == without_times(reports[1]) == without_times(reports[2])
    failing = {row["id"] for row in reports[0]["requirements"] if row["verdict"] == "fail"}
    assert failing == broken


def test_evidence_has_the_expected_and_the_actual_response(run_pytest: FrontEnd, alter: Alter) -> None:
    result = run_pytest(alter(misbehave).url, arguments=["-k", "http.method.get"])
    (item,) = result.row("http.method.get")["evidence"]
    assert item["probe"] == "the method GET"
    assert item["expected"] == "no embedding"
    assert item["actual"] == 'the server accepted it: 200 {"data": [{"embedding": [0.5]}]}'
    assert item["request"]["method"] == "GET"
    assert ["x-portkey-api-key", "$X_PORTKEY_API_KEY"] in item["request"]["headers"]
    assert json.loads(item["request"]["body"])["input"]
    assert item["response"]["status"] == 200
    assert item["response"]["body"] == EMBEDDED.decode()
    assert item["curl"].startswith("curl -sS -i -X GET http://")


def test_the_report_describes_the_run(run_pytest: FrontEnd, url: str, contract: Contract) -> None:
    report = run_pytest(url, arguments=["-k", "http.method"]).report
    assert report["contract"]["sha256"] == contract.sha256
    assert [overlay["skipped"] for overlay in report["contract"]["overlays"]] == [[], []]
    assert report["profile"] == "portkey"
    assert report["target"] == {"url": url, "server_header": "uvicorn", "name": None}
    assert report["requests"] == 17
    assert [erratum["id"] for erratum in report["errata"]] == [erratum.id for erratum in load_errata()]
    assert sum(report["summary"]["must"].values()) == sum(
        requirement.level == "must" for requirement in contract.catalogue.applicable(()).values()
    )


def test_each_front_end_tests_an_in_process_application(
    run_pytest: FrontEnd, run_command: FrontEnd, header: list[str], schema: Any
) -> None:
    app = "conformance.reference:app"
    by_check = check(app, headers=dict(line.split(": ", 1) for line in header), max_requests=40)
    result = [run_pytest(app=app, max_requests=40), run_command(app=app, max_requests=40)]
    reports = [*(one.report for one in result), by_check.as_dict()]
    for report in reports:
        jsonschema.validate(report, schema)
        assert report["exit_code"] == 0
        assert report["target"]["app"] == app
        assert report["target"]["url"] == "http://testserver/v1"
    assert without_times(reports[0]) == without_times(reports[1]) == without_times(reports[2])
    assert [one.code for one in result] == [0, 0]


def test_waits_for_a_slow_shutdown_of_an_application(
    front_end: FrontEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_stop.py").write_text(
        "import asyncio\n"
        "from conformance.reference import create_app\n"
        "reference = create_app()\n"
        "stopped = []\n"
        "async def app(scope, receive, send):\n"
        "    if scope['type'] != 'lifespan':\n"
        "        return await reference(scope, receive, send)\n"
        "    await receive()\n"
        "    await send({'type': 'lifespan.startup.complete'})\n"
        "    await receive()\n"
        "    await asyncio.sleep(0.3)\n"
        "    stopped.append(True)\n"
        "    await send({'type': 'lifespan.shutdown.complete'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    result = front_end(app="slow_to_stop:app", only=["http.method.get"])
    assert result.code == 0, result.text
    assert not result.report["interrupted"]
    assert result.report["exit_code"] == 0


def test_a_missing_application_is_one_message(front_end: FrontEnd) -> None:
    result = front_end(app="conformance.reference:ap")
    assert result.code == 4, result.text
    assert "'conformance.reference:ap': there is no attribute 'ap'" in result.text


def test_check_raises_the_public_usage_error_for_invalid_options() -> None:
    with pytest.raises(UsageError, match="profile"):
        check("http://127.0.0.1:9/v1", profile="no-such-profile")
    with pytest.raises(ValueError, match="the environment variable NO_SUCH_VARIABLE is not set"):
        check("http://127.0.0.1:9/v1", headers={"x-portkey-config": "env:NO_SUCH_VARIABLE"})
    with pytest.raises(ValueError, match="did you mean timeout"):
        check("http://127.0.0.1:9/v1", timeuot=3)
    with pytest.raises(ValueError, match="plan: check\\(\\) cannot print a plan"):
        check("http://127.0.0.1:9/v1", plan=True)
    with pytest.raises(ValueError, match="the profile portkey needs credentials \\(given: none\\)"):
        check("http://127.0.0.1:9/v1")


def test_check_reads_no_configuration_file(
    url: str, header: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "embeddings-conformance.toml").write_text("no-such-option = 1", "utf-8")
    monkeypatch.chdir(tmp_path)
    report = check(url, headers=dict(line.split(": ", 1) for line in header), only=["http.method.get"])
    assert report.code == 0
