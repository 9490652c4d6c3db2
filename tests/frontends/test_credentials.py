"""Runs with wrong credentials, with those of one alternative, and without credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.contract import Contract

pytest_plugins = ["pytester"]

FrontEnd = Callable[..., Any]

FRAMING = "http.response.framing"
"""The requirement that needs no accepted request."""

WRONG = [
    "x-portkey-api-key: wrong-portkey-key",
    "x-portkey-virtual-key: wrong-virtual-key",
    "Authorization: Bearer wrong-provider-auth",
    "x-portkey-provider: openai",
    "x-portkey-config: wrong-config",
    "x-portkey-custom-host: https://custom-host.invalid/v1",
]


def test_wrong_credentials_fail_acceptance_and_block_all_other_requirements(
    front_end: FrontEnd, alter: Callable[..., Any], contract: Contract
) -> None:
    target = alter()
    ended = front_end(target.url, header=WRONG, tokenizer="bytes")
    assert ended.code == 1, ended.text
    verdicts = {row["id"]: row["verdict"] for row in ended.report["requirements"]}
    accepting = {id for id in contract.catalogue if id.startswith("auth.accept.")}
    assert {verdicts[id] for id in accepting} == {"fail"}
    assert verdicts[FRAMING] == "pass"
    others = verdicts.keys() - accepting - {FRAMING}
    assert {verdicts[id] for id in others} == {"blocked"}
    assert ended.report["verdict"] == "nonconformant"
    row = ended.row("http.chunked")
    assert row["reason"] == "it needs auth.accept.virtual-key, whose verdict is fail"
    assert row["blocked_by"] == "auth.accept.virtual-key"
    assert len(target.requests) < 5 * len(accepting), "only requests with credentials, and their repeats"


@pytest.mark.parametrize(
    ("schemes", "label"),
    [
        (["Portkey-Key", "Config"], "config"),
        (["Portkey-Key", "Provider-Auth", "Provider-Name"], "provider-auth+provider-name"),
    ],
)
def test_the_credentials_of_one_alternative_are_enough(
    run_pytest: FrontEnd,
    alter: Callable[..., Any],
    header: list[str],
    contract: Contract,
    schemes: list[str],
    label: str,
) -> None:
    kept = [contract.security[name].header for name in schemes]
    given = [line for line in header if line.partition(":")[0] in kept]
    target = alter()
    ended = run_pytest(target.url, header=given, arguments=["-k", "auth", "-rs"])
    assert ended.code == 0, ended.text
    verdicts = {row["id"]: row["verdict"] for row in ended.report["requirements"] if row["area"] == "auth"}
    accepting = {id: verdict for id, verdict in verdicts.items() if id.startswith("auth.accept.")}
    assert accepting.pop(f"auth.accept.{label}") == "pass"
    assert set(accepting.values()) == {"not-tested"}
    rejections = [
        verdict for id, verdict in verdicts.items() if id.startswith(("auth.reject.", "auth.rejection."))
    ]
    assert set(rejections) == {"pass"}
    assert len([scope for scope in target.requests if scope["method"] == "POST"]) > 38, (
        "all rejections are tested"
    )
    assert "it needs a credential that was not given: " in ended.text
    untried = ended.row("auth.accept.virtual-key")["reason"]
    assert untried == "it needs a credential that was not given: x-portkey-virtual-key"


def test_variants_of_a_secret_that_was_not_given_are_not_tested(
    run_pytest: FrontEnd, url: str, header: list[str]
) -> None:
    given = [line for line in header if line.startswith(("x-portkey-api-key", "x-portkey-config"))]
    ended = run_pytest(url, header=given, arguments=["-k", "auth.secret"])
    assert ended.code == 0, ended.text
    assert ended.verdict("auth.secret.config.last-character-removed") == "pass"
    assert ended.verdict("auth.secret.virtual-key.last-character-removed") == "not-tested"


@pytest.mark.parametrize("given", [[], ["x-portkey-api-key: fake-portkey-key-29a81fd4"]])
def test_the_usage_error_without_credentials_lists_the_alternatives(
    front_end: FrontEnd, alter: Callable[..., Any], given: list[str]
) -> None:
    target = alter()
    ended = front_end(target.url, header=given)
    assert ended.code == 4, ended.text
    assert "\n  or x-portkey-api-key and x-portkey-config\n" in ended.text
    assert "x-portkey-api-key and 'Authorization: Bearer ...' and x-portkey-provider\n" in ended.text
    assert ended.text.count("the profile portkey needs ") == 1
    assert "run: embeddings-conformance discover URL --header 'NAME: env:VARIABLE'" in ended.text
    assert not target.requests


def test_case_and_whitespace_of_headers_do_not_matter(front_end: FrontEnd, url: str) -> None:
    given = ["X-PORTKEY-API-KEY:  fake-portkey-key-29a81fd4 ", "X-Portkey-Config:fake-config-87e89abb"]
    ended = front_end(url, header=given, only=["auth.accept.config", "http.method.get"])
    assert ended.code == 0, ended.text
