"""The table of vendors' contracts, with one small document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from tests.contract_mutants.mutants import MUTANTS, mutants, vectors
from tests.contract_mutants.runs import Findings, findings, is_caught, setup_of, with_runs
from tests.sampling import sampled

SAMPLE = (
    "accepts requests without credentials",
    "returns the vector of another text for each text of a batch",
    "responds to GET with embeddings",
)

TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 8}
REQUEST = {
    "type": "object",
    "required": ["input", "model"],
    "additionalProperties": False,
    "properties": {
        "model": {"type": "string"},
        "input": {"oneOf": [{"type": "string", "minLength": 1}, TEXTS]},
        "encoding_format": {"type": "string", "enum": ["float"]},
    },
}
VECTOR = {"type": "array", "items": {"type": "number"}}
ITEM = {
    "type": "object",
    "required": ["index", "embedding"],
    "properties": {"index": {"type": "integer"}, "embedding": VECTOR},
}
USAGE = {
    "type": "object",
    "required": ["prompt_tokens", "total_tokens"],
    "properties": {name: {"type": "integer"} for name in ("prompt_tokens", "total_tokens")},
}
RESPONSE = {
    "type": "object",
    "required": ["data", "usage"],
    "properties": {"data": {"type": "array", "items": ITEM}, "usage": USAGE},
}


def content(schema: Any) -> Any:
    return {"content": {"application/json": {"schema": schema}}}


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "A small contract", "version": "1"},
    "paths": {
        "/embeddings": {
            "post": {
                "security": [{"Key": []}],
                "requestBody": {"required": True, **content(REQUEST)},
                "responses": {"200": {"description": "", **content(RESPONSE)}},
            }
        }
    },
    "components": {"securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}}},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("contracts") / "small.json"
    file.write_text(json.dumps(DOCUMENT), "utf-8")
    return file


def test_a_document_has_findings(file: Path) -> None:
    found = with_runs(Findings("small"), Contract.load(file), number=1, area="request")
    assert found.verdicts is not None
    assert found.verdicts.keys() <= {"pass", "not-tested"}
    assert found.caught == {SAMPLE[0]: True}


@pytest.mark.parametrize("name", sampled([mutant.name for mutant in MUTANTS], SAMPLE))
def test_a_faulty_server_is_found(name: str, file: Path) -> None:
    setup = setup_of(Contract.load(file))
    assert is_caught(setup, next(mutant for mutant in MUTANTS if mutant.name == name))


def test_a_server_without_a_fault_is_not_found(file: Path) -> None:
    setup = setup_of(Contract.load(file))
    (first, *_) = MUTANTS
    harmless = type(first)(
        "has no fault", ("http.method.get",), lambda _: lambda request, correct: correct(request)
    )
    assert not is_caught(setup, harmless)


def test_a_document_that_cannot_be_read_has_a_problem_without_a_path(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", "utf-8")
    found = findings(tmp_path / "broken.json")
    assert found.problem
    assert str(tmp_path) not in found.problem


def test_mutants_are_those_that_apply(file: Path) -> None:
    names = [mutant.name for mutant in mutants(Contract.load(profile="open"), 10)]
    assert len(names) == 10
    assert SAMPLE[0] not in names
    applying = {mutant.name for mutant in mutants(Contract.load(file), len(MUTANTS))}
    assert {mutant.name for mutant in MUTANTS} == applying


def test_vectors_are_found_in_any_response() -> None:
    numbers = [0.5] * 8
    items = [{"embedding": numbers}, {"embedding": numbers}]
    for payload in ({"data": items}, {"float": [numbers, numbers]}, [numbers]):
        found = list(vectors(payload))
        assert [vector.value for vector in found] == [numbers] * len(found)
        assert all(vector.list[vector.index] for vector in found)
