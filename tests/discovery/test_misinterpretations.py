"""Servers that misinterpret unsupported requests: the file declares it, and a run reports a failure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from tests.discovery.conftest import Command
from tests.discovery.servers import ServerCase, few_texts, misinterpreting, misinterpreting_servers
from tests.faulty_servers.capabilities import on_input, truncated
from tests.faulty_servers.embeddings import decode
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server
from tests.sampling import sampled

Discover = Callable[..., Any]
QUICK = ("ignores dimensions", "the first text", "crashes on tokens")
"""The servers in every test run: each ignores a property or a text, or crashes."""


@pytest.mark.parametrize("case", sampled(misinterpreting_servers(), QUICK, lambda case: case[0].name))
def test_declares_the_capability_and_a_run_with_the_file_fails(
    case: tuple[ServerCase, str], discover: Discover, command: Command
) -> None:
    server, capability = case
    result = discover(server)
    configuration = result.configuration
    declared = {*configuration.unsupported, *(limit.partition("=")[0] for limit in configuration.limit)}
    assert capability in declared, result.file_text
    text = " ".join(line.strip("# ") for line in result.file_text.splitlines())
    assert (
        f"equirement capability.{capability} fails" in text
        or "A run reports this server error as a failure" in text
    )
    run = command("run", "--only", "capability.*", "--json", "report.json")
    assert run.code == 1, run.text
    assert f"FAIL capability.{capability} (MUST, wrong-data)" in run.text


@pytest.mark.slow
def test_truncated_batch_is_not_declared_as_a_limit(discover: Discover, command: Command) -> None:
    truncating = misinterpreting("batch=7", lambda payload: {**payload, "input": payload["input"][:7]})
    result = discover(ServerCase.of("", truncating))
    assert not any(limit.startswith("batch") for limit in result.configuration.limit)
    assert "# found: batch: no limit is declared" in result.file_text
    assert command("run", "--only", "response.count").code == 1


def test_silently_truncated_texts_are_not_declared_as_a_limit(discover: Discover, command: Command) -> None:
    result = discover(
        ServerCase.of("", misinterpreting("input-tokens=500", on_input(truncated(400))), few_texts)
    )
    assert not any(limit.startswith("input-tokens") for limit in result.configuration.limit)
    assert "input-tokens: texts are silently truncated" in " ".join(result.file_text.split())
    run = command("run", "--only", "meaning.truncation")
    assert run.code == 1
    assert "FAIL meaning.truncation (MUST, wrong-data)" in run.text


def test_clamped_dimensions_are_not_declared_as_a_limit(discover: Discover) -> None:
    clamping = misinterpreting("dimensions=96", lambda payload: {**payload, "dimensions": 96})
    result = discover(ServerCase.of("", clamping, few_texts))
    assert not any(limit.startswith("dimensions") for limit in result.configuration.limit)
    assert "dimensions: no limit is declared (dimensions 97" in result.file_text


def test_base64_with_other_vectors_is_not_declared_unsupported(discover: Discover) -> None:
    async def as_doubles(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not response.ok or not all(isinstance(one, str) for one in response.embeddings):
            return response
        doubles = [b64encode(decode(one).astype("<f8").tobytes()).decode() for one in response.embeddings]
        return response.with_embeddings(doubles)

    result = discover(ServerCase.of("", as_doubles, few_texts))
    assert "base64" not in result.configuration.unsupported
    assert "base64: supported, but wrong; a run fails for it" in result.text


def test_a_cache_that_ignores_options_does_not_hide_a_capability(discover: Discover) -> None:
    known: dict[str, Response] = {}

    async def caches(request: Request, correct: Server) -> Response:
        payload = request.payload()
        response = await correct(request)
        texts = str(payload.get("input")) if isinstance(payload, dict) else ""
        return known.setdefault(texts, response) if response.ok and texts else response

    result = discover(ServerCase.of("", caches, few_texts))
    assert not {"base64", "dimensions"} & {*result.configuration.unsupported}
