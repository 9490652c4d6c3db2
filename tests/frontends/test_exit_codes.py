"""Exit codes, which other people's CI depends on: the same for pytest and for the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import ASGIApp

pytest_plugins = ["pytester"]

Serve = Callable[[ASGIApp], str]
Door = Callable[..., Any]
FEW = 40
"""Requests that suffice for the first requirements of the catalogue."""


def test_a_target_that_meets_what_was_exercised_ends_with_0(door: Door, url: str) -> None:
    ended = door(url, max_requests=FEW)
    assert ended.code == 0, ended.text
    assert ended.report["exit_code"] == 0


def test_a_target_that_meets_everything_is_conformant(door: Door, url: str) -> None:
    ended = door(url)
    assert ended.code == 0, ended.text
    assert ended.report["verdict"] == "conformant"
    assert {row["verdict"] for row in ended.report["requirements"]} == {"pass"}
