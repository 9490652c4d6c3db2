"""Hostile and broken targets: the file stays valid, and the command ends with one message."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.discovery import Finding, toml_document
from conformance.discovery.client import DiscoveryClient
from conformance.discovery.findings import shown_finding
from conformance.discovery.tuning import load_findings
from tests.discovery.conftest import Command
from tests.discovery.servers import (
    ServerCase,
    always_failing,
    few_texts,
    rejecting,
    small,
    with_error_pages,
    with_models,
    with_only_models,
    with_pages,
)
from tests.faulty_servers.messages import respond
from tests.sampling import sampled

NOWHERE: Any = None

Discover = Callable[..., Any]
Start = Callable[..., str]

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
QUICK_NAMES = (NAMES[0], "\x1b[31mred\x7f\x9b", "\u2028\u202e\ufeff")
"""The names in every test run: test_writes_any_character has single characters."""


@pytest.mark.parametrize("name", sampled(NAMES, QUICK_NAMES))
def test_model_name_cannot_change_the_file(name: str, discover: Discover) -> None:
    result = discover(ServerCase.of("", few_texts, with_only_models(name), with_models(name)))
    assert result.code == 0, result.text
    assert result.configuration.model == name
    assert set(tomllib.loads(result.file_text)) <= {"url", "profile", "model", "limit", "tokenizer"}
    assert "\x1b" not in result.text + result.file_text


@pytest.mark.parametrize("name", sampled(NAMES, QUICK_NAMES))
def test_error_message_cannot_change_the_file(name: str, discover: Discover) -> None:
    async def reject(call: Any, inner: Any) -> Any:
        response = await inner(call)
        return respond(400, {"error": {"message": name}}) if response.status == 400 else response

    result = discover(ServerCase.of("", few_texts, rejecting("dimensions"), reject))
    assert result.configuration.unsupported == ("dimensions",)
    assert set(tomllib.loads(result.file_text)) <= {
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
def test_ignores_an_invalid_list_of_models(listed: bytes, discover: Discover) -> None:
    result = discover(ServerCase.of("", few_texts, with_pages({"/v1/models": respond(200, listed)})))
    assert result.code == 0, result.text
    assert result.configuration.profile == "open"


def test_shortens_a_large_error_page(discover: Discover) -> None:
    result = discover(
        ServerCase.of("", few_texts, rejecting("dimensions"), with_error_pages("<b>" + "no " * 1_000_000))
    )
    assert result.configuration.unsupported == ("dimensions",)
    assert len(result.file_text) < 5000


@pytest.mark.parametrize("status", [500, 502])
def test_reports_a_server_that_always_fails(status: int, command: Command, start: Start) -> None:
    result = command("discover", start(always_failing(status, "out of memory")))
    assert result.code == 4
    assert f"{status} (out of memory)" in result.text
    assert "a plain request fails" in result.text


def test_reports_a_redirect_with_its_location(command: Command, start: Start) -> None:
    async def serve(call: Any) -> Any:
        return replace(await always_failing(400)(call), status=308).with_header(
            "location", "https://elsewhere.invalid/v1"
        )

    result = command("discover", start(serve))
    assert result.code == 4
    assert "308 (to https://elsewhere.invalid/v1)" in result.text


def test_reports_the_targets_message_if_no_model_works(command: Command, start: Start) -> None:
    result = command(
        "discover", start(ServerCase.of("", with_only_models("x"), with_models("missing")).server)
    )
    assert result.code == 4
    assert "the model missing does not exist" in result.text
    assert "--model" in result.text


def test_reports_a_server_without_embeddings(command: Command, start: Start) -> None:
    result = command("discover", start(always_failing(404, "not here")))
    assert result.code == 4
    assert "404 (not here)" in result.text


def test_reports_a_closed_port(command: Command) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        result = command("discover", f"http://127.0.0.1:{bound.getsockname()[1]}/v1")
    assert result.code == 4
    assert "cannot be tested (refused)" in result.text


def test_reports_a_response_without_vectors(discover: Discover) -> None:
    async def strip(call: Any, inner: Any) -> Any:
        response = await inner(call)
        if response.status != 200:
            return response
        return response.with_payload({**response.payload(), "data": [{"embedding": ["a"]}]})

    result = discover(ServerCase.of("", strip))
    assert result.code == 0
    assert "capabilities: unknown" in result.text


def test_keeps_an_existing_file(command: Command, start: Start) -> None:
    url = start(small("open"))
    first = command("discover", url)
    before = first.file_text
    again = command("discover", url)
    assert again.code == 4
    assert "choose another file, or overwrite it with --force" in again.text
    assert again.file_text == before
    assert command("discover", url, "--force").code == 0


def test_writes_the_given_file(command: Command, start: Start) -> None:
    result = command("discover", start(small("open")), "--output", "there/embeddings-conformance.toml")
    assert not result.file.exists()
    assert (result.file.parent / "there" / result.file.name).is_file()
    assert "Next: cd there && embeddings-conformance run" in result.text


def test_needs_a_url(command: Command) -> None:
    assert command("discover").code == 4


def test_slow_responses_raise_the_timeout_and_lower_the_concurrency() -> None:
    def settings(slowest: float, slowest_small: float) -> dict[str, object]:
        client = DiscoveryClient(NOWHERE, slowest=slowest, slowest_small=slowest_small)
        return {finding.key: finding.value for finding in load_findings(client, 60.0)}

    assert settings(20.0, 20.0) == {"concurrency": 2, "timeout": 80}
    assert settings(20.0, 4.0) == {"timeout": 80}
    assert settings(6.0, 6.0) == {"concurrency": 2}
    assert settings(4.0, 4.0) == {}


@pytest.mark.parametrize(("rate", "expected"), [(0.1666, 0.16), (57.9, 57), (1234.5, 1200), (5, 5)])
def test_rounds_the_rate_down(rate: float, expected: float) -> None:
    (finding,) = load_findings(DiscoveryClient(NOWHERE, rate=rate), 60.0)
    assert finding.value == pytest.approx(expected)


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x20), 0x22, 0x5C, 0x7F, 0x85, 0x2028)])
def test_writes_any_character(character: str) -> None:
    value = f"a{character}b"
    text = toml_document(
        [
            shown_finding(value, "model", value),
            shown_finding(value),
            Finding(shown_finding("").basis, value, "header", value),
        ],
        [value],
    )
    assert tomllib.loads(text) == {"model": value, "header": [value]}
