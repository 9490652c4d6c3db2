"""Odd values and odd files: no crash, no false alarm, no wrong count, and no text in a report."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from conformance import UsageError, audit

Record = dict[str, Any]

BASE: Record = {
    "time": "2030-01-31T09:00:00Z",
    "request": {"url": "/v1/embeddings", "body": {"model": "m", "input": "river"}},
    "response": {
        "status": 200,
        "body": {
            "object": "list",
            "model": "m",
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
            "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],
        },
    },
}


def record(vector: Any = (0.6, 0.8), **of_request: Any) -> Record:
    made = deepcopy(BASE)
    made["request"]["body"] |= of_request
    made["response"]["body"]["data"][0]["embedding"] = vector
    return made


def written(folder: Path, *records: Record | str) -> Path:
    file = folder / "log.jsonl"
    file.write_text("".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in records))
    return file


def section(report: Any) -> Record:
    found: Record = report.as_dict()["audit"]
    return found


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize(
    "time",
    [
        '"inf"',
        "1e400",
        "9" * 400,
        '"9999-12-31T23:59:59-14:00"',
        '"0001-01-01T00:00:00+14:00"',
        '"0001-01-01T00:00:00Z"',
        '"nan"',
    ],
)
def test_an_impossible_time_is_unknown(tmp_path: Path, time: str) -> None:
    text = json.dumps(BASE).replace('"2030-01-31T09:00:00Z"', time)
    found = section(audit(written(tmp_path, text), workers=0))
    assert (found["exchanges"], found["first"]) == (1, None)


@pytest.mark.parametrize("where", ["request", "response"])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_deeply_nested_body_is_no_crash(tmp_path: Path, where: str, as_text: bool) -> None:
    made = record()
    body = json.dumps(made[where]["body"])[:-1] + ', "x": ' + "[" * 600 + "]" * 600 + "}"
    made[where]["body"] = "BODY"
    text = json.dumps(made).replace('"BODY"', json.dumps(body) if as_text else body)
    found = section(audit(written(tmp_path, text, BASE), workers=0))
    assert found["records"] == 2
    if (where, as_text) == ("response", True):
        assert [one["id"] for one in found["failures"]] == ["response.json.depth"]
    else:
        assert [one["reason"] for one in found["unread"]] == [
            "it has more than 128 nested arrays and objects"
        ]


def test_each_record_counts_once(tmp_path: Path) -> None:
    cut = record()
    cut["response"]["body"] = json.dumps(cut["response"]["body"])[:-20]
    found = section(audit(written(tmp_path, BASE, '{"a": 1}', "no JSON", cut), workers=0))
    assert found["records"] == 4
    assert (found["exchanges"], sum(one["records"] for one in found["unread"])) == (1, 3)


def test_lengths_are_compared_only_for_the_same_url_and_options(tmp_path: Path) -> None:
    deployment = record([0.6, 0.8, 0.0], input="a")
    deployment["request"]["url"] = "/other/v1/embeddings"
    shorter = record([1.0], input="b", output_dimension=1)
    only = ["response.constant-length"]
    assert audit(written(tmp_path, BASE, deployment, shorter), workers=0, only=only).code == 0
    assert audit(written(tmp_path, BASE, record([1.0], input="b")), workers=0, only=only).code == 1


def test_the_last_threshold_counts(tmp_path: Path) -> None:
    file = written(tmp_path, BASE, record([0.8, -0.6]))
    for given, code in ((["state.*=1%", "state.same-text=60%"], 0), (["60%", "1%"], 1), (["1%", "60%"], 0)):
        assert audit(file, workers=0, fail_above=given).code == code


@pytest.mark.parametrize(
    ("made", "secret"),
    [
        (record([0.123456, None]), "0.123456"),
        (record(input={"text": "riverboat"}), "riverboat"),
        (record(input=[["riverboat"]]), "riverboat"),
        (record(api_key="sk-abcdef123456"), "sk-abcdef123456"),
    ],
)
def test_texts_and_vectors_of_another_form_are_not_shown(tmp_path: Path, made: Record, secret: str) -> None:
    report = audit(written(tmp_path, made), workers=0)
    assert report.code == 1
    assert secret not in json.dumps(report.as_dict())
    assert secret in json.dumps(audit(written(tmp_path, made), workers=0, show_texts=True).as_dict())


def verdicts(report: Any) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report.as_dict()["requirements"]}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_only_python_writes_are_not_finite(tmp_path: Path, number: float) -> None:
    """A logger in Python writes NaN, which JSON does not have, for a vector in base64 or in the wrong JSON."""
    made = record([0.6, number, 0.8], dimensions=3)
    report = audit(written(tmp_path, BASE, made), workers=0)
    (failure,) = section(report)["failures"]
    assert (failure["id"], failure["exchanges"], failure["tested"]) == ("response.finite", 1, 2)
    assert verdicts(report)["response.dimensions"] == "pass"


@pytest.mark.parametrize("vector", ["[0.6, x]", "[0.6,, 0.8]", "[0.6, 'b']", "[0.6"])
def test_a_line_whose_vector_is_not_json_is_not_judged(tmp_path: Path, vector: str) -> None:
    damaged = json.dumps(BASE).replace("[0.6, 0.8]", vector)
    report = audit(written(tmp_path, BASE, damaged), workers=0)
    assert report.code == 0
    found = section(report)
    assert found["exchanges"] == 1
    assert [(one["reason"], one["records"]) for one in found["unread"]] == [("it is not JSON", 1)]


def test_successes_without_a_body_are_noted(tmp_path: Path) -> None:
    made = record()
    del made["response"]["body"]
    found = section(audit(written(tmp_path, BASE, made), workers=0))
    assert found["exchanges"] == 2
    assert found["notes"] == [
        "1 success was recorded without the body of the response, so no vectors were judged there."
    ]
    assert section(audit(written(tmp_path, BASE), workers=0))["notes"] == []


def test_the_standard_input_can_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(json.dumps(record(input=str(n))).encode() + b"\n" for n in range(500))
    feed(monkeypatch, gzip.compress(data)[:-20])
    found = section(audit("-", workers=0))
    assert found["problems"] == [{"file": "-", "problem": "its gzip data ends early"}]
    assert found["exchanges"] > 100


def test_the_standard_input_can_be_audited_again_with_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        feed(monkeypatch, json.dumps(BASE).encode() + b"\n" + json.dumps(BASE).encode() * (number - 1))
        found = section(audit("-", workers=0, state=tmp_path / "state"))
        assert (found["files"], found["exchanges"]) == (1, number)


def test_a_closed_standard_input_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        audit("-", workers=0)


def test_a_file_with_several_names_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, BASE)
    (tmp_path / "link").symlink_to(file)
    monkeypatch.chdir(tmp_path)
    found = section(audit("log.jsonl", "./log.jsonl", str(file), "./*", ".", workers=0))
    assert (found["files"], found["exchanges"]) == (1, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    written(tmp_path, BASE)
    os.mkfifo(tmp_path / "pipe")
    assert section(audit(tmp_path, workers=0))["files"] == 1
    with pytest.raises(UsageError, match="pipe"):
        audit(tmp_path / "pipe", workers=0)


def test_an_http_archive_on_the_standard_input_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, b'{\n "log": {"entries": []}}')
    (problem,) = section(audit("-", workers=0))["problems"]
    assert problem["problem"].startswith("an HTTP archive is not read from the standard input")
