"""What openai-python gets from the reference server of a contract is judged by the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance import Contract
from tests.clients import contracts
from tests.clients.catalogue import PROGRAMS, Client
from tests.clients.contracts import (
    PROGRAM,
    REJECTED,
    TEXTS,
    WORKS,
    ContractCase,
    cases_in,
    included_cases,
    judge,
    run_case,
)
from tests.clients.processes import ClientRunner, ProcessResult
from tests.clients.vectors import expected
from tests.contract.own_contracts import PUBLISHED
from tests.roles.shapes import SHAPES

CASE = ContractCase("openai", Contract.load(profile="openai"))
VECTORS = [vector.tolist() for vector in expected(TEXTS, CASE.model, CASE.contract)]
SHORT = [vector.tolist() for vector in expected(TEXTS, CASE.model, CASE.contract, 8)]


def without_encodings(folder: Path) -> ContractCase:
    """The published document without ``encoding_format`` and without other properties."""
    document = json.loads(json.dumps(PUBLISHED))
    schema = document["components"]["schemas"]["CreateEmbeddingRequest"]
    del schema["properties"]["encoding_format"]
    schema["additionalProperties"] = False
    (folder / "document.json").write_text(json.dumps(document))
    (case,) = cases_in(folder)
    assert isinstance(case, ContractCase)
    return case


@pytest.mark.parametrize(
    ("call", "found", "result"),
    [
        ("default", VECTORS, WORKS),
        ("float", VECTORS, WORKS),
        ("dimensions", SHORT, WORKS),
        ("dimensions", VECTORS, "embedding 0: expected 8 numbers, found 1536"),
        ("default", VECTORS[:1], "expected 2 embeddings, found 1"),
        ("default", "BadRequestError: no", "BadRequestError: no"),
    ],
)
def test_allowed_calls_must_get_the_right_vectors(call: str, found: Any, result: str) -> None:
    assert judge(CASE, "strict", call, found) == result


def test_other_calls_must_be_rejected_by_a_strict_server_only(tmp_path: Path) -> None:
    case = without_encodings(tmp_path)
    assert judge(case, "strict", "default", "BadRequestError: no") == REJECTED
    assert judge(case, "strict", "default", "InternalServerError: no") == "InternalServerError: no"
    assert "expected a 4xx" in judge(case, "strict", "default", VECTORS)
    assert judge(case, "lenient", "default", VECTORS) == WORKS
    assert judge(case, "lenient", "default", "BadRequestError: no") == "BadRequestError: no"


def test_operations_that_the_sdk_cannot_use_are_left_out(tmp_path: Path) -> None:
    SHAPES["objects with values"].load(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    broken, other = cases_in(tmp_path)
    assert isinstance(broken, str)
    assert broken.startswith("broken.json: ")
    assert other == "contract.json: no operation of the SDK"


def test_each_profile_is_a_case() -> None:
    cases = included_cases()
    assert [case.name for case in cases if case.arguments() is None] == []
    assert "contract:portkey" in [case.name for case in cases]
    assert (PROGRAMS / PROGRAM).is_file()


class HttpRunner(ClientRunner):
    """A runner whose client is httpx in this process."""

    def run_client(self, client: Client, case: Mapping[str, Any]) -> ProcessResult:
        """Send the requests that the program of *client* sends."""
        assert client.program == PROGRAM
        found: list[Any] = []
        for server in case["servers"]:
            for options in case["calls"]:
                response = httpx.post(
                    f"{server['base_url']}/embeddings",
                    headers={"Authorization": f"Bearer {case['api_key']}", **case["headers"]},
                    params=case["query"],
                    json={"model": case["model"], "input": case["input"], **contracts.SENT, **options},
                    trust_env=False,
                )
                items = response.json().get("data", [])
                found.append([item["embedding"] for item in items] or f"BadRequest {response.status_code}")
        return ProcessResult(0, json.dumps(found), "")


def test_a_case_has_a_result_for_each_server_and_call(tmp_path: Path) -> None:
    result = run_case(CASE, HttpRunner(tmp_path, tmp_path, tmp_path / "authority.pem"))
    assert result.problems == []
    assert set(result.results.values()) == {WORKS}
    assert list(result.results)[:3] == ["strict, default", "strict, float", "strict, dimensions"]
    assert len(result.results) == 6


def test_a_case_without_results_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = ProcessResult(1, "", "ImportError: openai")
    monkeypatch.setattr(HttpRunner, "run_client", lambda *_: failed)
    result = run_case(CASE, HttpRunner(tmp_path, tmp_path, tmp_path / "authority.pem"))
    assert result.problems == ["the process ended with 1: ImportError: openai"]
