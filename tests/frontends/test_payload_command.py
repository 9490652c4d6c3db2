"""``validate``: payloads in files of each form."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.main import main

VALID = {"model": "text-embedding-3-small", "input": "river"}
BROKEN = {"model": "text-embedding-3-small", "input": ["river", 7]}
ANSWER = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
OF_ANOTHER_COUNT = "MUST response.count: /data: expected"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, *values: Any) -> str:
    Path(name).write_text("\n".join(v if isinstance(v, str) else json.dumps(v) for v in values), "utf-8")
    return name


def validated(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = main(["validate", *words])
    printed = capsys.readouterr()
    return code, (printed.out + printed.err).splitlines()


def test_a_valid_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert validated(capsys, "request", write("r.json", VALID)) == (0, ["1 of 1 valid"])


def test_a_broken_request_is_named_with_place_and_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", BROKEN))
    assert code == 1
    assert lines == [
        "r.json: MUST request.input.strings.items.type: /input/1: expected a string, found an integer",
        "0 of 1 valid",
    ]


@pytest.mark.parametrize("name", ["r.jsonl", "r.ndjson", "r.txt"])
def test_lines_are_told_by_their_number(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write(name, VALID, "", BROKEN))
    assert code == 1
    assert [line.partition(" ")[0] for line in lines] == [f"{name}:3:", "1"]


def test_what_is_no_json_is_one_broken_payload(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", "{", '"model": }'))
    assert code == 1
    assert lines[0].startswith("r.json: MUST request.json.syntax: ")


def test_relations_are_checked_where_the_request_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    write("answer.json", ANSWER)
    assert validated(capsys, "response", "answer.json") == (0, ["1 of 1 valid"])
    write("request.json", {**VALID, "input": ["a", "b"]})
    code, lines = validated(capsys, "response", "answer.json", "--request", "request.json")
    assert code == 1
    assert lines[0].startswith(f"answer.json: {OF_ANOTHER_COUNT}")


def test_lines_of_answers_go_with_lines_of_requests(capsys: pytest.CaptureFixture[str]) -> None:
    write("answers.jsonl", ANSWER, ANSWER)
    write("requests.jsonl", VALID, {**VALID, "input": ["a", "b"]})
    code, lines = validated(capsys, "response", "answers.jsonl", "--request", "requests.jsonl")
    assert (code, lines[0].startswith(f"answers.jsonl:2: {OF_ANOTHER_COUNT}")) == (1, True)
    write("requests.jsonl", VALID)
    code, lines = validated(capsys, "response", "answers.jsonl", "--request", "requests.jsonl")
    assert code == 4
    assert lines == [
        "embeddings-conformance: requests.jsonl: expected one request for each answer, 2 in all, found 1"
    ]


def entry(sent: Any, answer: Any, *, url: str = "https://gateway/v1/embeddings", status: int = 200) -> Any:
    text = base64.b64encode(json.dumps(answer).encode()).decode()
    return {
        "request": {"method": "POST", "url": f"{url}?version=1", "postData": {"text": json.dumps(sent)}},
        "response": {"status": status, "content": {"text": text, "encoding": "base64"}},
    }


@pytest.mark.parametrize("name", ["x.har", "x.json", "x"])
def test_a_recording_has_requests_and_answers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [
        entry(VALID, ANSWER),
        entry({}, {}, url="https://gateway/v1/chat/completions"),
        entry(BROKEN, {"error": "no"}, status=400),
        entry({**VALID, "input": ["a", "b"]}, ANSWER),
    ]
    write(name, {"log": {"entries": entries}})
    code, lines = validated(capsys, "request", name)
    assert (code, [line.partition(" MUST")[0] for line in lines]) == (
        1,
        [f"{name}: entry 3:", "2 of 3 valid"],
    )
    code, lines = validated(capsys, "response", name)
    assert (code, lines[-1]) == (1, "1 of 2 valid")
    assert lines[0].startswith(f"{name}: entry 4: {OF_ANOTHER_COUNT}")


def exchange_with(**changes: Any) -> dict[str, Any]:
    """An entry of a recording whose request has these *changes*."""
    made = entry(VALID, ANSWER)
    return {**made, "request": {**made["request"], **changes}}


@pytest.mark.parametrize("sent", [None, [], "text", {"text": None}, {"params": []}])
def test_an_entry_without_a_text_that_was_sent_has_an_answer_alone(
    sent: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write("x.har", {"log": {"entries": [exchange_with(postData=sent), entry(VALID, ANSWER)]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])
    assert validated(capsys, "response", "x.har") == (0, ["2 of 2 valid"])


def test_entries_that_are_none_of_the_operation_are_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    others = [exchange_with(url="http://["), exchange_with(url=7), exchange_with(method=None), 7, None, {}]
    write("x.har", {"log": {"entries": [*others, entry(VALID, ANSWER)]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])


def test_a_slash_at_the_end_of_a_path_changes_no_operation(capsys: pytest.CaptureFixture[str]) -> None:
    write("x.har", {"log": {"entries": [entry(VALID, ANSWER, url="https://gateway/v1/embeddings/")]}})
    assert validated(capsys, "request", "x.har") == (0, ["1 of 1 valid"])


@pytest.mark.parametrize("text", ["\u00e9", "AAA", "\ud800"])
def test_content_that_is_not_in_its_encoding_is_one_message(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = entry(VALID, ANSWER)
    made["response"]["content"]["text"] = text
    code, lines = validated(capsys, "response", write("x.har", {"log": {"entries": [made]}}))
    assert (code, len(lines)) == (4, 1)
    assert lines[0].startswith(
        "embeddings-conformance: x.har: entry 1: expected content in base64, as its encoding says, found "
    )


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("x.json", 1, "x.json: MUST request.json.depth: "),
        ("x", 1, "x: MUST request.json.depth: "),
        (
            "x.har",
            4,
            "embeddings-conformance: x.har: expected a HAR file (log.entries), found something else",
        ),
    ],
)
@pytest.mark.parametrize("end", ["", "\n{}\n"])
def test_nesting_beyond_all_bounds_is_told(
    name: str, code: int, said: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, lines = validated(capsys, "request", write(name, "[" * 200_000 + end))
    assert (found, lines[0][: len(said)]) == (code, said)


@pytest.mark.parametrize("name", ["r.jsonl", "r.txt"])
@pytest.mark.parametrize(("blank", "end"), [("\r", "\n"), (" ", "\r\n"), ("\r", "\r\n")])
def test_a_line_ends_with_a_line_feed_and_nothing_else(
    name: str, blank: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(VALID).replace(" ", blank), json.dumps(VALID), ""]
    Path(name).write_bytes(end.join(lines).encode())
    assert validated(capsys, "request", name) == (0, ["2 of 2 valid"])


def test_violations_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = validated(capsys, "request", write("r.json", BROKEN), "--format", "json")
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


def test_a_should_fails_only_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    write("r.json", {**VALID, "input": ["a", ""]})
    code, lines = validated(capsys, "request", "r.json")
    assert code == 0
    assert lines[0].startswith("r.json: SHOULD ")
    assert validated(capsys, "request", "r.json", "--level", "should")[0] == 1


def test_the_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(BROKEN).encode())))
    code, lines = validated(capsys, "request", "-")
    assert code == 1
    assert lines[0].startswith("-: MUST ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["request", "none.json"], "none.json: expected a file that can be read, found No such file"),
        (["request", "empty.jsonl"], "empty.jsonl: expected a request to validate, found none"),
        (["response", "no.har"], "no.har: expected a HAR file (log.entries), found something else"),
        (
            ["request", "r.json", "--request", "r.json"],
            "request: expected answers to go with it, found requests",
        ),
        (
            ["response", "r.json", "--request", "list.json"],
            "r.json: expected a request that is a JSON object",
        ),
        (
            ["response", "-", "--request", "-"],
            "request: expected a file, as the standard input can be read only once",
        ),
        (["request", "r.json", "--profile", "portky"], "did you mean 'portkey'?"),
    ],
)
def test_what_can_not_be_validated_is_one_message(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"empty.jsonl": "", "no.har": "{}", "r.json": VALID, "list.json": []}.items():
        write(name, value)
    code, lines = validated(capsys, *words)
    assert (code, len(lines)) == (4, 1)
    assert said in lines[0]
