"""Targets that mean harm, or nothing at all: the file stays valid, and the message is one."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.discovery import Finding, document
from conformance.discovery.findings import found
from conformance.discovery.tuning import load_findings
from tests.discovery.conftest import Command
from tests.discovery.servers import Served, always, correct, knows, lists, pages, with_error_pages, without
from tests.mutants.asgi import reply

Discover = Callable[..., Any]
Place = Callable[..., str]

NAMES = (
    'a"\nprofile = "open"\n#',
    "a\\",
    "'''",
    '"""',
    "a\r\nb",
    "\x1b[31mred\x7f\x9b",
    "\u2028\u202e\ufeff",
    "<script>alert(1)</script>",
    "🦀 é",
    "a\tb ]",
    "[tool]",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_models_name_stays_a_value(name: str, discover: Discover) -> None:
    ended = discover(Served.of("", knows(name), lists(name)))
    assert ended.code == 0, ended.text
    assert ended.configuration.model == name
    assert set(tomllib.loads(ended.written)) <= {"url", "profile", "model", "limit", "tokenizer"}
    assert "\x1b" not in ended.text + ended.written


@pytest.mark.parametrize("name", NAMES)
def test_words_of_an_error_stay_in_a_comment(name: str, discover: Discover) -> None:
    async def refuse(call: Any, inner: Any) -> Any:
        answer = await inner(call)
        return reply(400, {"error": {"message": name}}) if answer.status == 400 else answer

    ended = discover(Served.of("", without("dimensions"), refuse))
    assert ended.configuration.unsupported == ("dimensions",)
    assert set(tomllib.loads(ended.written)) <= {
        "url",
        "profile",
        "model",
        "unsupported",
        "limit",
        "tokenizer",
    }


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"data": null}',
        b'{"data": [null, 1, "m", {"id": null}, {"id": ""}, {"id": {"a": 1}}]}',
        b'{"data": [{"id": "\\ud800"}]}',
        b'{"data": [{"id": "' + b"x" * 10_000 + b'"}]}',
        b"[" * 100_000,
        b'{"data": [' + b",".join([b'{"id": "m"}'] * 100_000) + b"]}",
    ],
    ids=lambda body: body[:30].decode(),
)
def test_a_list_that_is_none_is_passed_over(listed: bytes, discover: Discover) -> None:
    ended = discover(Served.of("", pages({"/v1/models": reply(200, listed)})))
    assert ended.code == 0, ended.text
    assert ended.configuration.profile == "open"


def test_a_huge_page_for_an_error_is_cut(discover: Discover) -> None:
    ended = discover(Served.of("", without("dimensions"), with_error_pages("<b>" + "no " * 1_000_000)))
    assert ended.configuration.unsupported == ("dimensions",)
    assert len(ended.written) < 5000


@pytest.mark.parametrize("status", [500, 502])
def test_nothing_but_crashes_is_said(status: int, command: Command, place: Place) -> None:
    ended = command("discover", place(always(status, "out of memory")))
    assert ended.code == 4
    assert f"found {status} (out of memory)" in ended.text
    assert "it fails on the plainest request" in ended.text


def test_a_redirection_is_said_with_where_it_leads(command: Command, place: Place) -> None:
    async def serve(call: Any) -> Any:
        return replace(await always(400)(call), status=308).with_header(
            "location", "https://elsewhere.invalid/v1"
        )

    ended = command("discover", place(serve))
    assert ended.code == 4
    assert "308 (to https://elsewhere.invalid/v1)" in ended.text


def test_no_model_that_works_is_said_in_the_targets_words(command: Command, place: Place) -> None:
    ended = command("discover", place(Served.of("", knows("x"), lists("gone")).serve))
    assert ended.code == 4
    assert "the model gone does not exist" in ended.text
    assert "--model" in ended.text


def test_nothing_that_knows_embeddings_is_said(command: Command, place: Place) -> None:
    ended = command("discover", place(always(404, "not here")))
    assert ended.code == 4
    assert "404 (not here)" in ended.text


def test_a_closed_port_ends_as_a_run_does(command: Command) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        ended = command("discover", f"http://127.0.0.1:{bound.getsockname()[1]}/v1")
    assert ended.code == 4
    assert "can not be tested, refused" in ended.text


def test_an_answer_without_vectors_is_said(discover: Discover) -> None:
    async def strip(call: Any, inner: Any) -> Any:
        answer = await inner(call)
        if answer.status != 200:
            return answer
        return answer.with_payload({**answer.payload(), "data": [{"embedding": ["a"]}]})

    ended = discover(Served.of("", strip))
    assert ended.code == 0
    assert "capabilities: nothing can be said" in ended.text


def test_a_file_that_is_there_is_kept(command: Command, place: Place) -> None:
    url = place(correct("open"))
    first = command("discover", url)
    before = first.written
    again = command("discover", url)
    assert again.code == 4
    assert "expected a file that is not there yet, or --force" in again.text
    assert again.written == before
    assert command("discover", url, "--force").code == 0


def test_another_file_is_written_where_it_was_asked(command: Command, place: Place) -> None:
    ended = command("discover", place(correct("open")), "--output", "there/embeddings-conformance.toml")
    assert not ended.file.exists()
    assert (ended.file.parent / "there" / ended.file.name).is_file()
    assert "Next: cd there && embeddings-conformance run" in ended.text


def test_a_url_is_needed(command: Command) -> None:
    assert command("discover").code == 4


def test_slow_answers_ask_for_patience_and_for_less_at_once() -> None:
    told = {finding.key: finding.value for finding in load_findings(20.0, None, 60.0)}
    assert told == {"concurrency": 2, "timeout": 80}
    assert [finding.key for finding in load_findings(6.0, None, 60.0)] == ["concurrency"]
    assert list(load_findings(4.0, None, 60.0)) == []


@pytest.mark.parametrize(("rate", "written"), [(0.1666, 0.16), (57.9, 57), (1234.5, 1200), (5, 5)])
def test_a_rate_is_rounded_down(rate: float, written: float) -> None:
    (finding,) = load_findings(0, rate, 60.0)
    assert finding.value == pytest.approx(written)


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x20), 0x22, 0x5C, 0x7F, 0x85, 0x2028)])
def test_any_character_can_be_written(character: str) -> None:
    value = f"a{character}b"
    text = document(
        [found(value, "model", value), found(value), Finding(found("").basis, value, "header", value)],
        [value],
    )
    assert tomllib.loads(text) == {"model": value, "header": [value]}
