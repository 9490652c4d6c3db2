"""Kinds of wrong data: each fails the requirement that is about it, and changes nothing else."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.engine import Run, Settings
from conformance.http_client import open_app
from conformance.reference import BASE_PATH, InvalidFault, create_app, inject
from conformance.reference.data_faults import DATA_FAULTS
from tests.mutants.setup import Setup, small_contract
from tests.roles.shapes import SHAPES

Send = Callable[..., httpx.Response]
BODY = {"model": "text-embedding-3-small", "input": ["river", "violin", "granite"], "dimensions": 4}

FAILS = {
    "missing-vector": "response.count",
    "shuffled": "response.order",
    "base64-ignored": "response.encoding",
    "float64": "response.base64.equals-float",
    "nan": "response.finite",
    "dimensions-ignored": "response.dimensions",
    "missing-usage": "response.usage.required",
}
"""The requirement that fails for each kind."""

MANY, PART = 100, 23
"""Of checks with more than MANY requests, every 23rd request is sent."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small_contract(tmp_path_factory.mktemp("small"))


def verdict_of(contract: Contract, requirement: str, *faults: str) -> str:
    """The verdict for one requirement on the reference server with *faults*."""
    suite = Setup.of(contract).suite([requirement])
    checks = {
        id: replace(check, probes=check.probes[::PART]) if len(check.probes) > MANY else check
        for id, check in suite.checks.items()
    }
    app = inject(create_app(contract), fail=faults, contract=contract)
    target = open_app(app, base_path=BASE_PATH, timeout=60)
    run = Run(replace(suite, checks=checks), target, Settings(), selected=[requirement])
    return str(asyncio.run(run.execute()).outcomes[requirement].verdict)


@pytest.mark.parametrize("kind", DATA_FAULTS)
def test_the_suite_finds_each_kind(kind: str, small: Contract) -> None:
    assert verdict_of(small, FAILS[kind], kind) == "fail"


def test_the_same_requirements_pass_without_faults(small: Contract) -> None:
    assert {verdict_of(small, FAILS[kind]) for kind in ("shuffled", "float64")} == {"pass"}


def responses(send: Send, app: ASGIApp, kind: str, **options: object) -> tuple[Any, Any, httpx.Response]:
    """The correct body, the body with a fault, and the response with the fault."""
    faulty = send(BODY | options, to=inject(app, fail=[kind]))
    return send(BODY | options).json(), json.loads(faulty.content), faulty


def test_a_vector_is_missing(send: Send, app: ASGIApp) -> None:
    correct, wrong, _ = responses(send, app, "missing-vector")
    assert wrong == correct | {"data": correct["data"][:2]}


def test_the_vectors_are_in_another_order(send: Send, app: ASGIApp) -> None:
    correct, wrong, _ = responses(send, app, "shuffled")
    assert wrong == correct | {"data": correct["data"][::-1]}
    assert [item["index"] for item in wrong["data"]] == [2, 1, 0]


def test_base64_is_ignored(send: Send, app: ASGIApp) -> None:
    _, wrong, _ = responses(send, app, "base64-ignored", encoding_format="base64")
    expected = send(BODY).json()["data"]
    for right, other in zip(expected, wrong["data"], strict=True):
        assert np.array_equal(np.float32(right["embedding"]), np.float32(other["embedding"]))


def test_base64_of_float64_has_the_same_numbers(send: Send, app: ASGIApp) -> None:
    correct, wrong, _ = responses(send, app, "float64", encoding_format="base64")
    for right, other in zip(correct["data"], wrong["data"], strict=True):
        floats = np.frombuffer(b64decode(right["embedding"]), "<f4")
        assert np.array_equal(np.frombuffer(b64decode(other["embedding"]), "<f8"), floats)


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_the_first_number_is_nan(send: Send, app: ASGIApp, encoding: str) -> None:
    correct, wrong, _ = responses(send, app, "nan", encoding_format=encoding)
    first = wrong["data"][0]["embedding"]
    numbers = np.frombuffer(b64decode(first), "<f4") if isinstance(first, str) else np.array(first)
    assert np.isnan(numbers).tolist() == [True, False, False, False]
    assert wrong["data"][1:] == correct["data"][1:]


def test_dimensions_are_ignored(send: Send, app: ASGIApp) -> None:
    _, wrong, _ = responses(send, app, "dimensions-ignored")
    assert [len(item["embedding"]) for item in wrong["data"]] == [1536] * 3


def test_usage_is_missing(send: Send, app: ASGIApp) -> None:
    correct, wrong, _ = responses(send, app, "missing-usage")
    assert wrong == {name: value for name, value in correct.items() if name != "usage"}


@pytest.mark.parametrize("kind", DATA_FAULTS)
def test_wrong_data_is_marked_and_has_its_length(send: Send, app: ASGIApp, kind: str) -> None:
    *_, response = responses(send, app, kind, encoding_format="base64")
    assert response.status_code == 200
    assert response.headers["x-injected"] == kind
    assert response.headers["content-length"] == str(len(response.content))
    assert response.content != send(BODY | {"encoding_format": "base64"}).content


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("shuffled", {"input": "river"}),
        ("base64-ignored", {}),
        ("float64", {}),
        ("dimensions-ignored", {"dimensions": None}),
        ("nan", {"input": []}),
        ("missing-usage", {"model": "unknown"}),
    ],
)
def test_a_response_without_the_fault_is_unchanged(
    send: Send, app: ASGIApp, kind: str, changes: dict[str, object]
) -> None:
    body = {name: value for name, value in (BODY | changes).items() if value is not None}
    injected, correct = send(body, to=inject(app, fail=[kind])), send(body)
    assert (injected.status_code, injected.content) == (correct.status_code, correct.content)
    assert "x-injected" not in injected.headers


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"[" * 100_000, b"\xff"])
@pytest.mark.parametrize("kind", DATA_FAULTS)
def test_every_body_gets_the_response_of_the_server(send: Send, app: ASGIApp, kind: str, body: bytes) -> None:
    assert send(body, to=inject(app, fail=[kind])).content == send(body).content


def test_wrong_data_can_be_in_some_responses(send: Send, app: ASGIApp) -> None:
    unreliable = inject(app, fail=["missing-usage:every-2", "429:first-1"])
    found = [send(BODY, to=unreliable).headers.get("x-injected") for _ in range(4)]
    assert found == ["429:first-1", "missing-usage:every-2", None, "missing-usage:every-2"]


def test_a_fault_that_no_response_can_have_is_an_error_with_the_others(tmp_path: Path) -> None:
    contract = SHAPES["an array of vectors"].load(tmp_path)
    app = create_app(contract)
    with pytest.raises(InvalidFault, match=r"use another kind: missing-vector, shuffled, nan$"):
        inject(app, fail=["float64"], contract=contract)


@pytest.mark.parametrize("name", ["an array of vectors", "objects with values", "vectors in a property"])
def test_wrong_data_is_in_the_places_that_the_contract_names(name: str, send: Send, tmp_path: Path) -> None:
    contract = SHAPES[name].load(tmp_path)
    roles = contract.roles
    app = create_app(contract, base_path="")
    model = {"model": contract.default_model} if contract.default_model else {}
    body = roles.named(texts=["river", "violin"], **model)

    def vectors(*faults: str) -> Any:
        response = send(body, path=contract.path, to=inject(app, fail=faults, contract=contract))
        return roles.vectors_of(roles.items_of(json.loads(response.content)) or [])

    correct = vectors()
    assert len(correct) == 2
    assert vectors("missing-vector") == correct[:1]
    assert vectors("shuffled") == correct[::-1]
    assert np.isnan(vectors("nan")[0][0])
