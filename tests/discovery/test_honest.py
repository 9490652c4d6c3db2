"""What is written of servers that are right, and that a run with it finds nothing to say against them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.discovery import MOST_REQUESTS
from tests.discovery.conftest import Command
from tests.discovery.servers import Limited, Served, honest, knows, lists, packed, pages, without
from tests.mutants.asgi import reply

Discover = Callable[..., Any]

FEW = ("--only", "capability.*", "--only", "auth.*", "--only", "request.input.strings.*")
LISTED = pytest.mark.parametrize("served", honest(), ids=lambda served: served.name)


@LISTED
def test_the_profile_is_found(served: Served, discover: Discover) -> None:
    ended = discover(served)
    assert ended.code == 0, ended.text
    assert ended.configuration.profile == served.profile
    assert f"found    profile {served.profile}: " in ended.text


@LISTED
def test_a_run_with_what_was_written_finds_nothing(
    served: Served, discover: Discover, command: Command
) -> None:
    written = discover(served).written
    ended = command("run", *FEW)
    assert ended.code == 0, f"{written}\n{ended.text}"


@pytest.mark.slow
@LISTED
def test_a_whole_run_with_what_was_written_finds_nothing(
    served: Served, discover: Discover, command: Command
) -> None:
    written = discover(served).written
    ended = command("run")
    assert ended.code == 0, f"{written}\n{ended.text}"


@pytest.mark.parametrize(
    ("lacking", "unsupported"),
    [
        (["dimensions"], {"dimensions"}),
        (["base64"], {"base64"}),
        (["token-input"], {"token-input"}),
        (["nested-token-input"], {"nested-token-input"}),
        (["batch"], {"batch"}),
        ([], set()),
    ],
)
def test_what_is_refused_is_unsupported(
    lacking: list[str], unsupported: set[str], discover: Discover
) -> None:
    ended = discover(Served.of("", without(*lacking)))
    assert set(ended.configuration.unsupported) == unsupported, ended.written
    assert ended.text.count("requirement capability.") == 0


@pytest.mark.parametrize("limit", ["batch=7", "batch=1000", "dimensions=96"])
def test_a_limit_is_found_to_the_number(limit: str, discover: Discover) -> None:
    assert limit in discover(Served.of("", without(limit))).configuration.limit


@pytest.mark.parametrize("tokens", [50, 500, 1500, 5000])
def test_a_limit_on_tokens_is_close_and_never_below(tokens: int, discover: Discover) -> None:
    (limit,) = discover(Served.of("", without(f"input-tokens={tokens}"))).configuration.limit
    name, _, number = limit.partition("=")
    assert name == "input-tokens"
    assert tokens <= int(number) <= 4 * tokens


def test_the_only_model_is_found(discover: Discover) -> None:
    ended = discover(Served.of("", knows("river"), lists("river")))
    assert ended.configuration.model == "river"
    assert "# found: the one model that it lists" in ended.written


def test_a_model_that_sounds_right_is_guessed(discover: Discover) -> None:
    ended = discover(Served.of("", knows("gpt", "my-embedder"), lists("gpt", "my-embedder")))
    assert ended.configuration.model == "my-embedder"
    assert "# guessed: one of the 2 models that it lists" in ended.written


def test_without_a_list_the_contracts_example_is_guessed(discover: Discover) -> None:
    assert "# guessed: the contract's example is answered with 200" in discover(Served.of("")).written


def test_a_named_model_is_asked_for_alone(discover: Discover) -> None:
    ended = discover(Served.of("", knows("a", "b"), lists("a")), "--model", "b")
    assert ended.configuration.model == "b"
    assert "# given: named with --model" in ended.written


@pytest.mark.parametrize("path", ["/v1", "/v1/", "", "/", "/v1/embeddings"])
def test_the_base_url_is_found(path: str, place: Callable[..., str], command: Command) -> None:
    url = place(Served.of("", knows("river"), lists("river")).serve)
    ended = command("discover", url.removesuffix("/v1") + path)
    assert ended.configuration.url == url, ended.text


def test_a_page_at_the_address_is_not_the_target(place: Callable[..., str], command: Command) -> None:
    page = reply(200, b"<html>a web application</html>", media_type="text/html")
    url = place(Served.of("", pages({"/embeddings": page})).serve)
    assert command("discover", url.removesuffix("/v1")).configuration.url == url


def test_the_tokenizer_is_found(discover: Discover) -> None:
    assert discover(Served.of("")).configuration.tokenizer == "bytes"
    assert discover(Served.of("", without("token-input")), "--force").configuration.tokenizer is None


@pytest.mark.parametrize(
    "served",
    [
        Served.of(
            "a list of what it does not have",
            knows("embed-z"),
            lists(*map(str, range(500)), "embed", "embed-z"),
        ),
        Served.of("everything within limits", without("batch=1500", "dimensions=96", "input-tokens=150")),
        Served.of("several credentials", profile="portkey"),
    ],
    ids=lambda served: served.name,
)
def test_few_requests_are_sent_and_counted(
    served: Served, command: Command, place: Callable[..., str]
) -> None:
    calls = []

    async def counted(call: Any) -> Any:
        calls.append(call)
        return await served.serve(call)

    words = [word for line in served.header for word in ("--header", line)]
    ended = command("discover", place(counted), *words)
    assert len(calls) <= MOST_REQUESTS
    assert f": {len(calls)} requests, one after the other" in ended.text
    assert f"after {len(calls)} requests" in ended.written


def test_a_target_that_limits_the_rate_is_asked_again(discover: Discover, command: Command) -> None:
    ended = discover(Served.of("", Limited(20)))
    assert ended.code == 0, ended.text
    assert 5 <= (ended.configuration.rate or 0) <= 20
    assert "# guessed: it answered 429" in ended.written
    assert not ended.configuration.unsupported
    assert command("run", "--only", "http.method.*").code == 0


def test_defaults_are_not_written(discover: Discover) -> None:
    written = discover(Served.of("", packed)).written
    assert not [key for key in ("timeout", "rate", "concurrency", "wait") if f"\n{key} =" in written]
