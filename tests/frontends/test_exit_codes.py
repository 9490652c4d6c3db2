"""Exit codes, which other people's CI depends on: the same for pytest and for the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Contract

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
FEW = 40
"""Requests that suffice for the first requirements of the catalogue."""


def accept(said: Any) -> Any:
    return replace(said, status=200)


def forget_allow(said: Any) -> Any:
    return replace(said, headers=[(name, value) for name, value in said.headers if name != b"allow"])


def be_busy_for_get(said: Any) -> Any:
    if said.scope["method"] != "GET":
        return said
    return replace(said, status=429, headers=[*said.headers, (b"retry-after", b"0")])


def break_on_a_mark(said: Any) -> Any:
    return replace(said, status=500) if said.scope["sent"].startswith(b"\xef\xbb\xbf") else said


def test_a_target_that_meets_what_was_exercised_ends_with_0(door: Door, url: str) -> None:
    ended = door(url, max_requests=FEW)
    assert ended.code == 0, ended.text
    assert ended.report["exit_code"] == 0
    assert ended.report["verdict"] == "partial"


def test_a_must_that_fails_ends_with_1(door: Door, alter: Callable[..., Any]) -> None:
    ended = door(alter(accept).url, max_requests=FEW)
    assert ended.code == 1, ended.text
    assert ended.report["exit_code"] == 1
    assert ended.verdict("request.type") == "fail"


def test_an_inconclusive_must_ends_with_1(door_of_pytest: Door, alter: Callable[..., Any]) -> None:
    ended = door_of_pytest(alter(be_busy_for_get).url, arguments=["-k", "http.method.get"])
    assert ended.verdict("http.method.get") == "inconclusive"
    assert ended.code == 1, ended.text


def test_a_should_that_fails_is_an_xfail_and_ends_with_0(
    door_of_pytest: Door, alter: Callable[..., Any], contract: Contract
) -> None:
    ended = door_of_pytest(alter(forget_allow).url, arguments=["-k", "http.method", "-rx"])
    assert ended.code == 0, ended.text
    assert ended.verdict("http.method.allow") == "fail"
    assert ended.row("http.method.allow")["standing"] == "known"
    assert f"7 passed, {len(contract.catalogue.under(())) - 8} deselected, 1 xfailed" in ended.text
    assert "a SHOULD, below the level that fails" in ended.text


def test_a_should_that_fails_ends_with_1_at_its_level(
    door_of_pytest: Door, alter: Callable[..., Any]
) -> None:
    ended = door_of_pytest(alter(forget_allow).url, level="should", arguments=["-k", "http.method"])
    assert ended.code == 1, ended.text
    assert ended.row("http.method.allow")["standing"] == "bad"


@pytest.mark.parametrize("level", ["must", "should"])
def test_a_may_that_fails_never_fails_the_run(
    door_of_pytest: Door, alter: Callable[..., Any], level: str
) -> None:
    selected = ["-k", "request.json.byte-order-mark or http.method.get"]
    ended = door_of_pytest(alter(break_on_a_mark).url, level=level, arguments=selected)
    assert ended.verdict("request.json.byte-order-mark") == "fail"
    assert ended.code == 0, ended.text


def test_nothing_exercised_ends_with_5(door: Door, url: str) -> None:
    ended = door(url, max_requests=1)
    assert ended.code == 5, ended.text
    assert ended.report["exit_code"] == 5
    assert "Nothing was exercised" in ended.text


def test_nothing_selected_ends_with_5(door_of_pytest: Door, alter: Callable[..., Any]) -> None:
    target = alter()
    ended = door_of_pytest(target.url, arguments=["-k", "no-such-requirement"])
    assert ended.code == 5, ended.text
    assert "Nothing was exercised" in ended.text
    assert not target.requests


def test_accepted_credentials_alone_are_nothing_exercised(door_of_pytest: Door, url: str) -> None:
    ended = door_of_pytest(url, arguments=["-k", "auth.accept"])
    assert ended.verdict("auth.accept.config") == "pass"
    assert ended.code == 5, ended.text
    assert "Nothing was exercised" in ended.text


def test_refused_credentials_beside_accepted_ones_are_enough(door_of_pytest: Door, url: str) -> None:
    ended = door_of_pytest(url, arguments=["-k", "auth.refuse"])
    assert ended.code == 0, ended.text


def test_a_failing_target_below_the_fail_level_is_nothing_exercised(
    door_of_pytest: Door, alter: Callable[..., Any]
) -> None:
    ended = door_of_pytest(alter(forget_allow).url, arguments=["-k", "http.method.allow"])
    assert ended.verdict("http.method.allow") == "fail"
    assert ended.code == 5, ended.text
