"""The suite's table of clients says what the real clients did at faulty servers, as in the record."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.contract import Client, load_clients
from conformance.contract.clients import WORKS
from conformance.reference import BYTES, create_app, default_credentials
from conformance.report.model.compatibility import client_compatibility
from tests.clients import catalogue
from tests.clients.catalogue import PROGRAMS
from tests.clients.faulty import serving
from tests.clients.faulty.comparison import changes_of_entry, effects_by_client, mismatches, worst
from tests.clients.faulty.faults import BEARER, CORRECT, FAULTY_SERVERS, FaultyServer
from tests.clients.faulty.judged import client_table, findings_of, reasons, reasons_by_client, rows_of
from tests.clients.faulty.outcomes import ERROR, WRONG_DATA, calls_of, judge, run_call
from tests.clients.faulty.record import load_record, save_record
from tests.clients.faulty.serving import NUMBERS, RunningServer, contract_of
from tests.clients.faulty.verification import client_names, versions
from tests.clients.processes import FOR_EACH_CASE, ClientRunner, ProcessResult
from tests.clients.vectors import expected
from tests.installing import SetupError
from tests.report.documents import row, shape

VERSIONS, RECORD = load_record()
CALLS = catalogue.load_clients()
CALL = CALLS[0]
CONTRACT = contract_of(BEARER)
RUNNING = RunningServer(
    FAULTY_SERVERS[CORRECT], CONTRACT, {"Bearer": "a credential"}, "http://127.0.0.1:9/v1"
)
RIGHT = [vector.tolist() for vector in expected(CALL.texts, RUNNING.model, CONTRACT, NUMBERS)]

UNSHOWN = frozenset({"state.concurrent"})
"""Reliances that the programs cannot show: each sends one request at a time."""


def table_of(name: str) -> dict[str, dict[str, Any]]:
    entry = RECORD[name]
    return client_table(entry.findings, contract_of(entry.profile))


@pytest.mark.parametrize("name", FAULTY_SERVERS)
def test_the_table_says_what_the_clients_did(name: str) -> None:
    entry, table = RECORD[name], table_of(name)
    effects = effects_by_client(entry.calls, client_names())
    assert list(mismatches(effects, table, FAULTY_SERVERS[name].cautious)) == []
    failed = reasons_by_client(entry.findings, contract_of(entry.profile))
    assert {client: failed[client] for client in effects if client in failed} == entry.failed


def test_the_record_is_of_the_pinned_versions_and_of_each_call() -> None:
    assert versions() == VERSIONS
    assert list(RECORD) == list(FAULTY_SERVERS)
    for name, entry in RECORD.items():
        server = FAULTY_SERVERS[name]
        assert (entry.does, entry.profile) == (server.does, server.profile)
        assert list(entry.calls) == [call.name for call in calls_of(CALLS, server.profile)]
    documented = {client.name for client in load_clients()}
    assert {client_names()[call] for call in RECORD[CORRECT].calls} == documented
    assert set(RECORD[CORRECT].calls.values()) == {WORKS}


def test_the_page_has_the_versions_and_the_number_of_servers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "report.md").read_text("utf-8")
    for client in load_clients():
        assert f"| {client.name} | {client.package} |" in page
    assert f"{len(FAULTY_SERVERS) - 1} servers with one fault each" in page


@cache
def rows_at(name: str) -> dict[str, dict[str, Any]]:
    entry = RECORD[name]
    return {one["id"]: one for one in rows_of(entry.findings, contract_of(entry.profile))}


@pytest.mark.parametrize("client", load_clients(), ids=lambda client: client.name)
def test_without_a_reliance_the_table_is_not_that_of_the_record(client: Client) -> None:
    unnoticed = {
        reliance.requirement
        for reliance in client.relies_on
        if not any(_differs(client, reliance.requirement, name) for name in RECORD)
    }
    assert unnoticed == UNSHOWN


def _differs(client: Client, requirement: str, name: str) -> bool:
    """Whether the failures that break *client* at a server are others without the reliance on *requirement*."""
    failed = RECORD[name].failed.get(client.name, [])
    rows = rows_at(name)
    if not failed or all(rows[id]["verdict"] == "pass" for id in rows if fnmatchcase(id, requirement)):
        return False
    kept = tuple(one for one in client.relies_on if one.requirement != requirement)
    found = client_compatibility(replace(client, relies_on=kept), rows)
    return reasons(found) != failed


def test_each_faulty_server_has_its_fault() -> None:
    credentials = default_credentials(CONTRACT)
    app = create_app(CONTRACT, credentials)
    headers = {"Authorization": f"Bearer {credentials['Bearer']}"}
    requests = [
        {"model": RUNNING.model, "input": given, **options}
        for given in ("a text", ["ü", "a longer text"], [[97, 98], [99]])
        for options in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"}, {"dimensions": 8})
    ]

    async def responses(server: FaultyServer) -> list[tuple[int, str | None, bytes]]:
        transport = httpx.ASGITransport(server.of(app, CONTRACT))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://server/v1", headers=headers
        ) as client:
            got = [await client.post("/embeddings", json=one) for one in requests]
        return [(one.status_code, one.headers.get("content-type"), one.content) for one in got]

    correct = asyncio.run(responses(FAULTY_SERVERS[CORRECT]))
    assert {status for status, *_ in correct} == {200}
    for server in FAULTY_SERVERS.values():
        if server.profile == BEARER and server.name != CORRECT:
            assert asyncio.run(responses(server)) != correct, server.name


@pytest.mark.parametrize(
    ("got", "effect"),
    [
        ({"embeddings": RIGHT}, WORKS),
        ({"error": "ValueError: no"}, ERROR),
        ({"embeddings": RIGHT[::-1]}, WRONG_DATA),
        ({"embeddings": RIGHT[:1]}, WRONG_DATA),
        ({"embeddings": [None, None]}, WRONG_DATA),
        ({"embeddings": None}, WRONG_DATA),
        ({"embeddings": [[str(number) for number in vector] for vector in RIGHT]}, WRONG_DATA),
        ({"embeddings": [[None, *vector[1:]] for vector in RIGHT]}, WRONG_DATA),
        ({"embeddings": ["AAAA", "AAAA"]}, WRONG_DATA),
    ],
)
def test_only_the_right_vectors_work(got: Mapping[str, Any], effect: str) -> None:
    assert judge(CALL, got, RUNNING).effect == effect


def told(result: str, consequences: str = "") -> dict[str, Any]:
    return {"result": result, "consequences": consequences, "failed": [], "unknown": []}


@pytest.mark.parametrize(
    ("did", "row", "is_right"),
    [
        ({WORKS}, told("works"), True),
        ({WORKS}, told("not known"), True),
        ({WORKS}, told("breaks", "an error"), False),
        ({WORKS, ERROR}, told("works"), False),
        ({ERROR}, told("not known"), False),
        ({ERROR}, told("breaks", "silently wrong data"), False),
        ({ERROR, WRONG_DATA}, told("breaks", "silently wrong data"), True),
        ({WRONG_DATA}, told("breaks", "an error"), False),
    ],
)
def test_the_worst_effect_is_compared(did: set[str], row: dict[str, Any], is_right: bool) -> None:
    assert (list(mismatches({"c": did}, {"c": row})) == []) is is_right


def test_a_cautious_row_must_be_wrong() -> None:
    assert list(mismatches({"c": {WORKS}}, {"c": told("breaks", "an error")}, ["c"])) == []
    assert "no longer" in " ".join(mismatches({"c": {WORKS}}, {"c": told("works")}, ["c"]))
    assert list(mismatches({"c": {ERROR}}, {"c": told("works")}, ["c"])) != []
    assert worst([WORKS, ERROR]) == ERROR


def test_the_record_keeps_what_the_table_needs(tmp_path: Path) -> None:
    rows = [
        row("response.count", "fail", shapes=[shape(input="strings", status=None), shape(expected="a 4xx")]),
        row("response.finite", "blocked", blocked_by="response.count"),
        row("response.order"),
    ]
    findings = findings_of(rows)
    assert list(findings) == ["response.count", "response.finite"]
    kept = {one["id"]: one for one in rows_of(findings, CONTRACT)}
    assert kept["response.count"]["shapes"][1]["expected"] == "a 4xx"
    assert kept["response.count"]["shapes"][0]["status"] is None
    assert (kept["response.finite"]["blocked_by"], kept["response.order"]["verdict"]) == (
        "response.count",
        "pass",
    )
    entry = replace(RECORD[CORRECT], findings=findings)
    save_record(VERSIONS, {CORRECT: entry}, tmp_path / "record.yaml")
    assert load_record(tmp_path / "record.yaml") == (VERSIONS, {CORRECT: entry})
    assert load_record(tmp_path / "none.yaml") == ({}, {})


def test_changes_of_an_entry_are_named() -> None:
    entry = RECORD[CORRECT]
    assert list(changes_of_entry(entry, entry)) == []
    assert len(list(changes_of_entry(None, entry))) == 1
    (change,) = changes_of_entry(entry, replace(entry, calls={**entry.calls, CALL.name: ERROR}))
    assert CALL.name in change


class HttpRunner(ClientRunner):
    """A runner whose client is httpx in this process."""

    def run_cases(self, client: catalogue.Client, cases: Sequence[Mapping[str, Any]]) -> ProcessResult:  # noqa: ARG002
        """Send the request of each case."""
        return ProcessResult(0, json.dumps(list(map(self._got, cases))), "")

    def _got(self, case: Mapping[str, Any]) -> dict[str, Any]:
        response = httpx.post(
            f"{case['base_url']}/embeddings",
            headers={"Authorization": f"Bearer {case['credentials']['Bearer']}"},
            json={"model": case["model"], "input": case["input"]},
            trust_env=False,
        )
        if response.is_error:
            return {"error": f"status {response.status_code}"}
        return {"embeddings": [item["embedding"] for item in response.json()["data"]]}


def test_a_call_has_an_outcome_at_each_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "TOKENIZER", BYTES)
    serving.correct_app.cache_clear()
    chosen = [FAULTY_SERVERS[name] for name in (CORRECT, "missing-vector", "text-401")]
    with serving.running_servers(chosen) as running:
        outcomes = run_call(CALL, running, HttpRunner(tmp_path, tmp_path, tmp_path / "authority.pem"))
    serving.correct_app.cache_clear()
    assert [outcome.effect for outcome in outcomes.values()] == [WORKS, WRONG_DATA, ERROR]
    assert list(outcomes) == [server.name for server in chosen]


def test_a_process_without_a_result_for_each_case_is_no_outcome(tmp_path: Path) -> None:
    class Failed(HttpRunner):
        def run_cases(self, *_: object) -> ProcessResult:
            return ProcessResult(1, "[]", "ImportError: openai")

    with pytest.raises(SetupError, match="ImportError: openai"):
        run_call(CALL, [RUNNING], Failed(tmp_path, tmp_path, tmp_path / "authority.pem"))


class ProgramRunner(ClientRunner):
    """A runner whose Python is that of the tests."""

    def _python(self, environment: str, file: Path) -> list[str]:  # noqa: ARG002 - the signature of ClientRunner
        return [sys.executable, str(file)]

    def _node(self, name: str, source: str) -> list[str]:
        file = self.directory / "node" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(source, "utf-8")
        return ["node", str(file)]


PYTHON = """\
import json, sys
case = json.loads(sys.argv[1])
print("a line before")
print(json.dumps([case["number"] / case["by"]]))
"""
JAVASCRIPT = """\
const { number, by } = JSON.parse(process.argv[2]);
if (by === 0) throw new RangeError("by zero");
console.log(JSON.stringify([number / by]));
"""


@pytest.mark.parametrize(
    ("language", "source", "error"),
    [("python", PYTHON, "ZeroDivisionError: "), ("javascript", JAVASCRIPT, "RangeError: by zero")],
)
def test_a_program_runs_once_for_each_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, source: str, error: str
) -> None:
    if language == "javascript" and shutil.which("node") is None:
        pytest.skip("node is not on PATH")
    client = next(call for call in CALLS if call.language == language)
    for each in FOR_EACH_CASE.values():
        shutil.copy(PROGRAMS / each, tmp_path)
    (tmp_path / client.program).write_text(source, "utf-8")
    monkeypatch.setattr("tests.clients.processes.PROGRAMS", tmp_path)
    runner = ProgramRunner(tmp_path, tmp_path, tmp_path / "authority.pem")
    cases = [{"number": 6, "by": by} for by in (2, 0, 3)]
    first, second, third = json.loads(runner.run_cases(client, cases).stdout)
    assert (first, third) == ({"embeddings": [3]}, {"embeddings": [2]})
    assert second["error"].startswith(error)
