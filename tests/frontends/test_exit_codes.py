"""Exit codes, which the CI of users depends on. pytest and the command have the same ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Contract

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]
FEW = 40
"""Enough requests for the first requirements of the catalogue."""


def accept(response: Any) -> Any:
    return replace(response, status=200)


def omit_allow(response: Any) -> Any:
    return replace(response, headers=[(name, value) for name, value in response.headers if name != b"allow"])


def limit_get(response: Any) -> Any:
    if response.scope["method"] != "GET":
        return response
    return replace(response, status=429, headers=[*response.headers, (b"retry-after", b"0")])


def crash_on_a_byte_order_mark(response: Any) -> Any:
    return replace(response, status=500) if response.scope["sent"].startswith(b"\xef\xbb\xbf") else response


def test_passed_requirements_end_with_0(front_end: FrontEnd, url: str) -> None:
    result = front_end(url, max_requests=FEW)
    assert result.code == 0, result.text
    assert result.report["exit_code"] == 0
    assert result.report["verdict"] == "partial"


def test_a_failed_must_ends_with_1(front_end: FrontEnd, alter: Callable[..., Any]) -> None:
    result = front_end(alter(accept).url, only=["request.type"])
    assert result.code == 1, result.text
    assert result.report["exit_code"] == 1
    assert result.verdict("request.type") == "fail"


def test_an_inconclusive_must_ends_with_1(run_pytest: FrontEnd, alter: Callable[..., Any]) -> None:
    result = run_pytest(alter(limit_get).url, arguments=["-k", "http.method.get"])
    assert result.verdict("http.method.get") == "inconclusive"
    assert result.code == 1, result.text


def test_a_failed_should_is_an_xfail_and_ends_with_0(
    run_pytest: FrontEnd, alter: Callable[..., Any], contract: Contract
) -> None:
    result = run_pytest(alter(omit_allow).url, arguments=["-k", "http.method", "-rx"])
    assert result.code == 0, result.text
    assert result.verdict("http.method.allow") == "fail"
    assert result.row("http.method.allow")["standing"] == "known"
    assert f"7 passed, {len(contract.catalogue.applicable(())) - 8} deselected, 1 xfailed" in result.text
    assert "a SHOULD makes the run fail only with the option level: should" in result.text
    assert "No failure makes the run fail. Without effect on the exit code: 1 SHOULD failed.\n" in result.text


def test_a_failed_should_ends_with_1_with_level_should(
    run_pytest: FrontEnd, alter: Callable[..., Any]
) -> None:
    result = run_pytest(alter(omit_allow).url, level="should", arguments=["-k", "http.method"])
    assert result.code == 1, result.text
    assert result.row("http.method.allow")["standing"] == "bad"


@pytest.mark.parametrize("level", ["must", "should"])
def test_a_failed_may_never_fails_the_run(
    run_pytest: FrontEnd, alter: Callable[..., Any], level: str
) -> None:
    selected = ["-k", "request.json.byte-order-mark or http.method.get"]
    result = run_pytest(alter(crash_on_a_byte_order_mark).url, level=level, arguments=selected)
    assert result.verdict("request.json.byte-order-mark") == "fail"
    assert result.code == 0, result.text


def test_nothing_exercised_ends_with_5(front_end: FrontEnd, url: str) -> None:
    result = front_end(url, max_requests=1)
    assert result.code == 5, result.text
    assert result.report["exit_code"] == 5
    assert "Nothing was tested" in result.text


def test_nothing_selected_ends_with_5(run_pytest: FrontEnd, alter: Callable[..., Any]) -> None:
    target = alter()
    result = run_pytest(target.url, arguments=["-k", "no-such-requirement"])
    assert result.code == 5, result.text
    assert "Nothing was tested" in result.text
    assert not target.requests


def test_only_accepted_credentials_end_with_5(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=["-k", "auth.accept"])
    assert result.verdict("auth.accept.config") == "pass"
    assert result.code == 5, result.text
    assert "Nothing was tested" in result.text


def test_rejected_and_accepted_credentials_end_with_0(run_pytest: FrontEnd, url: str) -> None:
    result = run_pytest(url, arguments=["-k", "auth.reject"])
    assert result.code == 0, result.text


def test_only_failures_below_the_fail_level_end_with_5(
    run_pytest: FrontEnd, alter: Callable[..., Any]
) -> None:
    result = run_pytest(alter(omit_allow).url, arguments=["-k", "http.method.allow"])
    assert result.verdict("http.method.allow") == "fail"
    assert result.code == 5, result.text
