"""Correct servers: the written file, and a run with it, which passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.discovery import MAX_REQUESTS
from tests.discovery.conftest import Command
from tests.discovery.servers import (
    RateLimited,
    ServerCase,
    correct_servers,
    few_texts,
    gzipped,
    rejecting,
    with_models,
    with_only_models,
    with_pages,
)
from tests.faulty_servers.messages import respond
from tests.sampling import sampled

Discover = Callable[..., Any]

FEW = ("--only", "capability.*", "--only", "auth.*", "--only", "request.input.strings.type")
QUICK = ("no tokens",)
"""The server in every test run."""


@pytest.mark.parametrize("server", sampled(correct_servers(), QUICK, lambda server: server.name))
def test_finds_the_profile_and_a_run_with_the_file_passes(
    server: ServerCase, discover: Discover, command: Command
) -> None:
    result = discover(server)
    assert result.code == 0, result.text
    assert result.configuration.profile == server.profile
    assert f"found    profile {server.profile}: " in result.text
    run = command("run", *FEW)
    assert run.code == 0, f"{result.file_text}\n{run.text}"


@pytest.mark.slow
@pytest.mark.parametrize("server", correct_servers(), ids=lambda server: server.name)
def test_whole_run_with_the_written_file_passes(
    server: ServerCase, discover: Discover, command: Command
) -> None:
    written = discover(server).file_text
    result = command("run")
    assert result.code == 0, f"{written}\n{result.text}"


@pytest.mark.parametrize(
    ("rejected", "unsupported"),
    [
        (["dimensions"], {"dimensions"}),
        (["base64"], {"base64"}),
        (["token-input"], {"token-input"}),
        (["nested-token-input"], {"nested-token-input"}),
        (["batch"], {"batch"}),
        ([], set()),
    ],
)
def test_rejected_capabilities_are_declared_unsupported(
    rejected: list[str], unsupported: set[str], discover: Discover
) -> None:
    result = discover(ServerCase.of("", rejecting(*rejected), few_texts))
    assert set(result.configuration.unsupported) == unsupported, result.file_text
    assert result.text.count("requirement capability.") == 0


@pytest.mark.parametrize("limit", ["batch=7", "batch=1000", "dimensions=96"])
def test_finds_the_exact_limit(limit: str, discover: Discover) -> None:
    assert limit in discover(ServerCase.of("", rejecting(limit))).configuration.limit


@pytest.mark.parametrize("tokens", sampled([50, 500, 1500, 5000], ["50"]))
def test_token_limit_is_close_and_never_too_low(tokens: int, discover: Discover) -> None:
    (limit,) = discover(ServerCase.of("", rejecting(f"input-tokens={tokens}"))).configuration.limit
    name, _, number = limit.partition("=")
    assert name == "input-tokens"
    assert tokens <= int(number) <= 4 * tokens


def test_finds_the_only_model(discover: Discover) -> None:
    result = discover(ServerCase.of("", few_texts, with_only_models("river"), with_models("river")))
    assert result.configuration.model == "river"
    assert "# found: the only model that the server lists" in result.file_text


def test_guesses_a_model_with_a_typical_name(discover: Discover) -> None:
    result = discover(
        ServerCase.of(
            "", few_texts, with_only_models("gpt", "my-embedder"), with_models("gpt", "my-embedder")
        )
    )
    assert result.configuration.model == "my-embedder"
    assert "# guessed: one of the 2 models that the server lists" in result.file_text


def test_guesses_the_contracts_example_without_a_list(discover: Discover) -> None:
    assert "# guessed: the contract's example works (200)" in discover(ServerCase.of("", few_texts)).file_text


def test_uses_only_the_given_model(discover: Discover) -> None:
    result = discover(
        ServerCase.of("", few_texts, with_only_models("a", "b"), with_models("a")), "--model", "b"
    )
    assert result.configuration.model == "b"
    assert "# given: given with --model" in result.file_text


@pytest.mark.parametrize("path", ["/v1", "/v1/", "", "/", "/v1/embeddings"])
def test_finds_the_base_url(path: str, start: Callable[..., str], command: Command) -> None:
    url = start(ServerCase.of("", few_texts, with_only_models("river"), with_models("river")).server)
    result = command("discover", url.removesuffix("/v1") + path)
    assert result.configuration.url == url, result.text


def test_html_page_is_not_an_endpoint(start: Callable[..., str], command: Command) -> None:
    page = respond(200, b"<html>a web application</html>", media_type="text/html")
    url = start(ServerCase.of("", few_texts, with_pages({"/embeddings": page})).server)
    assert command("discover", url.removesuffix("/v1")).configuration.url == url


def test_finds_the_tokenizer(discover: Discover) -> None:
    assert discover(ServerCase.of("", few_texts)).configuration.tokenizer == "bytes"
    assert (
        discover(ServerCase.of("", few_texts, rejecting("token-input")), "--force").configuration.tokenizer
        is None
    )


@pytest.mark.parametrize(
    "server",
    [
        ServerCase.of(
            "a list of missing models",
            with_only_models("embed-z"),
            with_models(*map(str, range(500)), "embed", "embed-z"),
        ),
        pytest.param(
            ServerCase.of("several limits", rejecting("batch=1500", "dimensions=96", "input-tokens=150")),
            marks=pytest.mark.slow,
        ),
        ServerCase.of("several credentials", profile="portkey"),
    ],
    ids=lambda server: server.name,
)
def test_sends_few_requests_and_counts_them(
    server: ServerCase, command: Command, start: Callable[..., str]
) -> None:
    calls = []

    async def counted(call: Any) -> Any:
        calls.append(call)
        return await server.server(call)

    words = [word for line in server.header for word in ("--header", line)]
    result = command("discover", start(counted), *words)
    assert len(calls) <= MAX_REQUESTS
    assert f": {len(calls)} requests, one after the other" in result.text
    assert f"after {len(calls)} requests" in result.file_text


def test_retries_a_target_with_a_rate_limit(discover: Discover, command: Command) -> None:
    result = discover(ServerCase.of("", few_texts, RateLimited(12)))
    assert result.code == 0, result.text
    assert 0 < (result.configuration.rate or 0) <= 12
    assert "# guessed: it returned 429" in result.file_text
    assert not result.configuration.unsupported
    run = command("run", "--only", "http.method.get")
    assert run.code == 0, run.text


def test_does_not_write_defaults(discover: Discover) -> None:
    written = discover(ServerCase.of("", few_texts, gzipped)).file_text
    assert not [key for key in ("timeout", "rate", "concurrency", "wait") if f"\n{key} =" in written]
