"""The command ``validate``: payloads in files of each format."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main

VALID = {"model": "text-embedding-3-small", "input": "river"}
INVALID = {"model": "text-embedding-3-small", "input": ["river", 7]}
RESPONSE = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
WRONG_COUNT = "MUST response.count: /data: expected"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *values: Any) -> str:
    Path(name).write_text("\n".join(v if isinstance(v, str) else json.dumps(v) for v in values), "utf-8")
    return name


def validated(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["validate", *words])
    printed = capsys.readouterr()
    return code, (printed.out + printed.err).splitlines()


def test_accepts_a_valid_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert validated(capsys, "request", write("r.json", VALID)) == (0, ["1 of 1 valid"])


def test_prints_place_and_requirement_of_an_invalid_request(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", INVALID))
    assert code == 1
    assert lines == [
        "r.json: MUST request.input.strings.items.type: /input/1: expected a string, found an integer",
        "0 of 1 valid",
    ]


@pytest.mark.parametrize("name", ["r.jsonl", "r.ndjson", "r.txt"])
def test_prints_the_number_of_a_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write(name, VALID, "", INVALID))
    assert code == 1
    assert [line.partition(" ")[0] for line in lines] == [f"{name}:3:", "1"]


def test_a_file_that_is_not_json_is_one_invalid_payload(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", "{", '"model": }'))
    assert code == 1
    assert lines[0].startswith("r.json: MUST request.json.syntax: ")


def test_checks_relations_if_the_request_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    write("response.json", RESPONSE)
    assert validated(capsys, "response", "response.json") == (0, ["1 of 1 valid"])
    write("request.json", {**VALID, "input": ["a", "b"]})
    code, lines = validated(capsys, "response", "response.json", "--request", "request.json")
    assert code == 1
    assert lines[0].startswith(f"response.json: {WRONG_COUNT}")


def test_pairs_the_lines_of_responses_and_requests(capsys: pytest.CaptureFixture[str]) -> None:
    write("responses.jsonl", RESPONSE, RESPONSE)
    write("requests.jsonl", VALID, {**VALID, "input": ["a", "b"]})
    code, lines = validated(capsys, "response", "responses.jsonl", "--request", "requests.jsonl")
    assert (code, lines[0].startswith(f"responses.jsonl:2: {WRONG_COUNT}")) == (1, True)
    write("requests.jsonl", VALID)
    code, lines = validated(capsys, "response", "responses.jsonl", "--request", "requests.jsonl")
    assert code == 4
    assert lines == [
        "embeddings-conformance: requests.jsonl: must contain one request for each response; there are 1 and 2"
    ]


def entry(sent: Any, response: Any, *, url: str = "https://gateway/v1/embeddings", status: int = 200) -> Any:
    text = base64.b64encode(json.dumps(response).encode()).decode()
    return {
        "request": {"method": "POST", "url": f"{url}?version=1", "postData": {"text": json.dumps(sent)}},
        "response": {"status": status, "content": {"text": text, "encoding": "base64"}},
    }


@pytest.mark.parametrize("name", ["x.har", "x.json", "x"])
def test_reads_requests_and_responses_from_a_har_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [
        entry(VALID, RESPONSE),
        entry({}, {}, url="https://gateway/v1/chat/completions"),
        entry(INVALID, {"error": "no"}, status=400),
        entry({**VALID, "input": ["a", "b"]}, RESPONSE),
    ]
    write(name, {"log": {"entries": entries}})
    code, lines = validated(capsys, "request", name)
    assert (code, [line.partition(" MUST")[0] for line in lines]) == (
        1,
        [f"{name}: entry 3:", "2 of 3 valid"],
    )
    code, lines = validated(capsys, "response", name)
    assert (code, lines[-1]) == (1, "1 of 2 valid")
    assert lines[0].startswith(f"{name}: entry 4: {WRONG_COUNT}")


def exchange_with(**changes: Any) -> dict[str, Any]:
    """An entry of a recording whose request has these *changes*."""
    made = entry(VALID, RESPONSE)
    return {**made, "request": {**made["request"], **changes}}


@pytest.mark.parametrize("sent", [None, [], "text", {"text": None}, {"params": []}])
def test_a_har_entry_without_a_request_body_has_only_a_response(
    sent: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write("x.har", {"log": {"entries": [exchange_with(postData=sent), entry(VALID, RESPONSE)]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])
    assert validated(capsys, "response", "x.har") == (0, ["2 of 2 valid"])


def test_ignores_har_entries_of_other_operations(capsys: pytest.CaptureFixture[str]) -> None:
    others = [exchange_with(url="http://["), exchange_with(url=7), exchange_with(method=None), 7, None, {}]
    write("x.har", {"log": {"entries": [*others, entry(VALID, RESPONSE)]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])


def test_ignores_a_trailing_slash_of_a_har_url(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.har", {"log": {"entries": [entry(VALID, RESPONSE, url="https://gateway/v1/embeddings/")]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])


@pytest.mark.parametrize("text", ["\u00e9", "AAA", "\ud800"])
def test_invalid_base64_content_is_one_message(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = entry(VALID, RESPONSE)
    made["response"]["content"]["text"] = text
    code, lines = validated(capsys, "response", write("x.har", {"log": {"entries": [made]}}))
    assert (code, len(lines)) == (4, 1)
    assert lines[0].startswith(
        "embeddings-conformance: x.har: entry 1: the response is declared as base64, but is not: "
    )


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("x.json", 1, "x.json: MUST request.json.depth: "),
        ("x", 1, "x: MUST request.json.depth: "),
        (
            "x.har",
            4,
            "embeddings-conformance: x.har: is not a HAR file: it has no log.entries",
        ),
    ],
)
@pytest.mark.parametrize("end", ["", "\n{}\n"])
def test_reports_excessive_nesting(
    name: str, code: int, message: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, lines = validated(capsys, "request", write(name, "[" * 200_000 + end))
    assert (found, lines[0][: len(message)]) == (code, message)


@pytest.mark.parametrize("name", ["r.jsonl", "r.txt"])
@pytest.mark.parametrize(("blank", "end"), [("\r", "\n"), (" ", "\r\n"), ("\r", "\r\n")])
def test_only_a_line_feed_ends_a_line(
    name: str, blank: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(VALID).replace(" ", blank), json.dumps(VALID), ""]
    Path(name).write_bytes(end.join(lines).encode())
    assert validated(capsys, "request", name) == (0, ["2 of 2 valid"])


def test_prints_violations_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", INVALID), "--format", "json")
    (found,) = json.loads("\n".join(lines))
    assert code == 1
    assert found["place"] == "r.json"
    assert found["violations"] == [
        {
            "level": "must",
            "requirement": "request.input.strings.items.type",
            "pointer": "/input/1",
            "expected": "a string",
            "found": "an integer",
            "message": "/input/1: expected a string, found an integer",
        }
    ]


def test_a_should_fails_only_with_level_should(capsys: pytest.CaptureFixture[str]) -> None:
    write("r.json", {**VALID, "input": ["a", ""]})
    code, lines = validated(capsys, "request", "r.json")
    assert code == 0
    assert lines[0].startswith("r.json: SHOULD ")
    assert validated(capsys, "request", "r.json", "--level", "should")[0] == 1


def test_reads_the_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(INVALID).encode())))
    code, lines = validated(capsys, "request", "-")
    assert code == 1
    assert lines[0].startswith("-: MUST ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["request", "none.json"], "none.json: cannot be read: No such file"),
        (["request", "empty.jsonl"], "empty.jsonl: contains no request to validate"),
        (["response", "no.har"], "no.har: is not a HAR file: it has no log.entries"),
        (
            ["request", "r.json", "--request", "r.json"],
            "request: only 'validate response' has this option",
        ),
        (
            ["response", "r.json", "--request", "list.json"],
            "r.json: its request must be a JSON object",
        ),
        (
            ["response", "-", "--request", "-"],
            "request: the standard input already contains the responses",
        ),
        (["request", "r.json", "--profile", "portky"], "did you mean 'portkey'?"),
    ],
)
def test_a_usage_error_is_one_message(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"empty.jsonl": "", "no.har": "{}", "r.json": VALID, "list.json": []}.items():
        write(name, value)
    code, lines = validated(capsys, *words)
    assert (code, len(lines)) == (4, 1)
    assert message in lines[0]
