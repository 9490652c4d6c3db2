"""Payloads from Schemathesis's generators. Only this module and the Schemathesis plugin use that package.

Schemathesis's own classification is not used. On this contract, 39 % of its negative cases have a valid body, and its
positive mode begins with two empty strings. Our own validator classifies every payload.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from hypothesis import strategies as st

from conformance.contract import Contract
from conformance.contract.examples import model_property

from .case import encode_payload

SEED = 0
"""The seed of the values for single schemas."""

VALUES = "/values-of-one-schema"

DRAWS_TO_READ = 50
"""What it takes to read one schema, in draws of the generator."""

MAX_BYTES = 2000
"""Maximum bytes of a body. Targets bill by the token, and other probes test long texts."""


def schemathesis_bodies(contract: Contract, model: str | None) -> st.SearchStrategy[bytes]:
    """Generate encoded bodies with Schemathesis, about a quarter of them in its positive mode.

    Every string as the model is replaced by *model*, because a target rejects a request for an unknown model, whatever
    else the request contains.
    """
    import schemathesis
    from schemathesis import GenerationMode

    # The schemas are in the form of OpenAPI 3.0; servers may have variables, which only the user can know.
    document = {key: value for key, value in contract.document.items() if key != "servers"}
    schema = schemathesis.openapi.from_dict({**document, "openapi": "3.0.3"})
    operation: Any = schema[contract.path][contract.method.upper()]
    negative, positive = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)
    )
    cases: st.SearchStrategy[Any] = st.integers(0, 3).flatmap(lambda n: negative if n else positive)
    return cases.map(lambda case: _body(case, contract, model)).filter(lambda body: len(body) <= MAX_BYTES)


def _body(case: Any, contract: Contract, model: str | None) -> bytes:
    body = case.body
    if isinstance(contract.roles.model_of(body), str):
        body = {**body, **model_property(contract, model)}
    if isinstance(body, bytes):
        return body
    return b"" if type(body).__name__ == "NotSet" else encode_payload(body)


def schemathesis_values(
    schema: Any, definitions: Mapping[str, Any], *, negative: bool, number: int, draws: int
) -> tuple[list[Any], int]:
    """Up to *number* JSON values for *schema*, or against it if *negative*, and what they took, in draws.

    *definitions* are the members of a document that references in *schema* lead to. The generator ends when it has
    drawn *draws* values, so the result is the same in each run. A schema that Schemathesis cannot read has no values.
    """
    import hypothesis
    import schemathesis
    from schemathesis import GenerationMode

    from .hypothesis_lock import HYPOTHESIS
    from .hypothesis_provider import BACKEND, at_most

    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": body, "responses": {"200": {"description": ""}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "values", "version": "1"},
        "components": definitions.get("components", {}),
        "paths": {**definitions.get("paths", {}), VALUES: {"post": operation}},
    }
    mode = GenerationMode.NEGATIVE if negative else GenerationMode.POSITIVE
    found: list[Any] = []

    def add(case: Any) -> None:
        if _is_json(case.body):
            found.append(case.body)

    with HYPOTHESIS, at_most(draws) as drawn, suppress(Exception):
        described: Any = schemathesis.openapi.from_dict(document)[VALUES]["POST"]
        cases: st.SearchStrategy[Any] = described.as_strategy(generation_mode=mode)
        settings = hypothesis.settings(
            max_examples=number,
            database=None,
            deadline=None,
            phases=(hypothesis.Phase.generate,),
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
            print_blob=False,
            backend=BACKEND,
        )
        run: Any = settings(hypothesis.given(cases)(add))
        hypothesis.seed(SEED)(run)()
    return found, drawn.used + DRAWS_TO_READ


@cache
def load_generator() -> None:
    """Load the generator's code and tables: its first text takes a second."""
    schemathesis_values({"type": "string", "pattern": "^a"}, {}, negative=False, number=1, draws=100)


def _is_json(value: Any) -> bool:
    """Whether *value* has a short form as JSON."""
    try:
        return len(json.dumps(value, allow_nan=False).encode()) <= MAX_BYTES
    except (TypeError, ValueError):
        return False
