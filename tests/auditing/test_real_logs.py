"""Logs as other programs write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance import audit
from tests.auditing.test_formats import found

RECORDED = Path(__file__).parent / "recorded"

LITELLM = RECORDED / "litellm-proxy.jsonl"
"""Standard logging payloads that the proxy of LiteLLM 1.108.7 wrote with a custom logger.

Its upstream was the reference server. Long members with prices are null.
"""

MITMPROXY = RECORDED / "mitmproxy.har"
"""What mitmproxy 11.0.2 wrote with its option hardump, between httpx and the reference server.

The server closed the connection instead of every sixth response, and lost a vector in each fourth one.
"""

BATCH = RECORDED / "openai-batch-output.jsonl"
"""Responses of the reference server, as the types of openai 3.57.0 write them with json.dumps.

The server sent NaN in base64 in every fourth response, which the client decoded, so the lines are not JSON.
``openai-batch-input.jsonl`` has the requests by ``EmbeddingCreateParams``, ``openai-batch-errors.jsonl`` has
the rejections.
"""


def test_a_log_of_the_proxy_of_litellm_has_no_failure() -> None:
    report = audit(LITELLM, workers=0)
    assert found(report) == {}
    section = report.as_dict()["audit"]
    assert [one["name"] for one in section["formats"]] == ["litellm"]
    assert (section["exchanges"], section["skipped"], section["unread"]) == (11, 1, [])
    assert {one["name"]: one["exchanges"] for one in section["by_status"]} == {"200": 10, "400": 1}
    passed = {row["id"] for row in report.as_dict()["requirements"] if row["verdict"] == "pass"}
    assert {
        "state.same-text",
        "response.base64.equals-float",
        "response.count",
        "response.dimensions",
    } <= passed


def changed(place: int, change: Any, folder: Path) -> Path:
    records = [json.loads(line) for line in LITELLM.read_text("utf-8").splitlines()]
    change(records[place])
    file = folder / "log.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return file


def test_a_fault_in_such_a_log_is_found(tmp_path: Path) -> None:
    def lose_an_item(record: Any) -> None:
        record["response"]["data"].pop()

    def turn(record: Any) -> None:
        numbers = record["response"]["data"][0]["embedding"]
        record["response"]["data"][0]["embedding"] = [-one for one in numbers[::-1]]

    assert found(audit(changed(1, lose_an_item, tmp_path), workers=0)) == {"response.count": 1}
    assert found(audit(changed(2, turn, tmp_path), workers=0)) == {"state.same-text": 1}


def test_an_archive_of_mitmproxy_has_the_faults_of_the_server() -> None:
    report = audit(MITMPROXY, workers=0)
    assert found(report) == {"response.count": 2}
    section = report.as_dict()["audit"]
    assert [one["name"] for one in section["formats"]] == ["har"]
    assert (section["exchanges"], section["skipped"], section["unread"]) == (14, 1, [])
    by_status = {one["name"]: one["exchanges"] for one in section["by_status"]}
    assert by_status == {"200": 10, "0": 2, "400": 1, "401": 1}
    passed = {row["id"] for row in report.as_dict()["requirements"] if row["verdict"] == "pass"}
    assert {"state.same-text", "response.base64.equals-float", "http.error.json"} <= passed


def test_files_of_openai_batches_have_the_faults_of_the_server() -> None:
    report = audit(BATCH, workers=0)
    assert found(report) == {"response.finite": 3}
    section = report.as_dict()["audit"]
    assert (section["exchanges"], section["skipped"], section["unread"]) == (12, 1, [])
    requests = audit(RECORDED / "openai-batch-input.jsonl", workers=0)
    assert found(requests) == {"request.input.string.min-length": 1, "request.dimensions.minimum": 1}
    errors = audit(RECORDED / "openai-batch-errors.jsonl", workers=0).as_dict()["audit"]
    assert (errors["exchanges"], errors["skipped"], errors["unread"]) == (0, 3, [])
