"""A strict server of FastAPI, with options whose values it restricts more than its document, meets its document."""

from __future__ import annotations

import asyncio
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Run, Settings, Verdict
from conformance.generators import plain_case
from conformance.generators.case import payload_of
from conformance.generators.invented import has_invented_text
from conformance.http_client import open_app

SELECTED = ("request.", "meaning.combinations", "meaning.batch.options", "property.valid")


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class Options(Strict):
    stop: str | None = None


class Body(Strict):
    inputs: str | list[str]
    project: Annotated[UUID, Field(strict=False)]
    prompt: str | None = None
    task: Literal["query", "document"] = "document"
    keep_alive: str = "5m"
    dims: int | None = Field(default=None, gt=0, le=16)
    tags: list[str] | None = None
    options: Options | None = None


app = FastAPI()


@app.exception_handler(RequestValidationError)
def invalid(_request: object, _problem: object) -> JSONResponse:
    return JSONResponse({"detail": []}, 422)


@app.post("/embed")
def embed(body: Body) -> list[list[float]]:
    texts = [body.inputs] if isinstance(body.inputs, str) else body.inputs
    unknown = (
        body.prompt or (body.options and body.options.stop) or [t for t in body.tags or () if ":" not in t]
    )
    if not all(texts) or unknown or not re.fullmatch(r"\d+m", body.keep_alive):
        raise HTTPException(400, "")
    return [
        [
            byte - 127.5
            for byte in sha256((body.task + text).encode("utf-8", "replace")).digest()[: body.dims or 16]
        ]
        for text in texts
    ]


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(app.openapi()))
    return Contract.load(file)


def test_no_requirement_fails(contract: Contract) -> None:
    selected = [id for id in contract.catalogue if id.startswith(SELECTED)]
    suite = build_suite(contract, (), only=selected)
    run = Run(suite, open_app(app, base_path="", timeout=60), Settings(), selected=selected)
    outcomes = asyncio.run(run.execute()).outcomes
    failed = {id for id, one in outcomes.items() if one.verdict not in (Verdict.PASS, Verdict.NOT_TESTED)}
    assert {id for id in failed if suite.catalogue[id].level == "must"} == set()
    assert outcomes["meaning.combinations"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "is_invented"),
    [
        ({}, False),
        ({"inputs": "violin"}, False),
        ({"task": "query", "dims": 3}, False),
        ({"keep_alive": "5m"}, False),
        ({"keep_alive": "river"}, True),
        ({"prompt": "river"}, True),
        ({"prompt": None}, False),
        ({"tags": []}, False),
        ({"tags": ["river"]}, True),
        ({"options": {}}, False),
        ({"options": {"stop": "river"}}, True),
        ({"options": {"other": ["river"]}}, True),
        ({"project": "river"}, True),
    ],
)
def test_texts_without_a_known_meaning_are_invented(
    contract: Contract, changes: dict[str, object], is_invented: bool
) -> None:
    base = payload_of(plain_case(contract, None).body)
    assert has_invented_text(contract, {**base, **changes}, base) is is_invented
