"""Servers that take what they can not do for something else: it is written as unsupported, and a run shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.discovery.conftest import Command
from tests.discovery.servers import Served, misreading, misreads

Discover = Callable[..., Any]
EACH = pytest.mark.parametrize(
    ("served", "capability"), misreads(), ids=lambda value: getattr(value, "name", "")
)


@EACH
def test_it_is_declared_and_said(served: Served, capability: str, discover: Discover) -> None:
    ended = discover(served)
    configuration = ended.configuration
    declared = {*configuration.unsupported, *(limit.partition("=")[0] for limit in configuration.limit)}
    assert capability in declared, ended.written
    said = " ".join(line.strip("# ") for line in ended.written.splitlines())
    assert (
        f"equirement capability.{capability} will fail" in said
        or "crash, and will be shown as a failure" in said
    )


@EACH
def test_a_run_with_what_was_written_shows_it(
    served: Served, capability: str, discover: Discover, command: Command
) -> None:
    discover(served)
    ended = command("run", "--only", "capability.*", "--json", "report.json")
    assert ended.code == 1, ended.text
    assert f"FAIL capability.{capability} (MUST)" in ended.text


def test_a_batch_that_is_cut_is_not_declared_as_a_limit(discover: Discover, command: Command) -> None:
    cut = misreading("batch=7", lambda payload: {**payload, "input": payload["input"][:7]})
    ended = discover(Served.of("", cut))
    assert not any(limit.startswith("batch") for limit in ended.configuration.limit)
    assert "# found: batch: no limit is declared" in ended.written
    assert command("run", "--only", "request.input.strings.*", "--only", "response.*").code == 1


def test_a_length_that_is_clamped_is_not_declared_as_a_limit(discover: Discover) -> None:
    clamp = misreading("dimensions=96", lambda payload: {**payload, "dimensions": 96})
    ended = discover(Served.of("", clamp))
    assert not any(limit.startswith("dimensions") for limit in ended.configuration.limit)
    assert "dimensions: no limit is declared (dimensions 97" in ended.written
