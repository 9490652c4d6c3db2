"""Payloads from Schemathesis's generators. Only this module and the Schemathesis plugin use that package.

Schemathesis's own classification is not used. On this contract, 39 % of its negative cases have a valid body, and its
positive mode begins with two empty strings. Our own validator classifies every payload.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.contract import Contract

from .case import encode

MAX_BYTES = 2000
"""Maximum bytes of a body. Targets bill by the token, and other probes test long texts."""


def schemathesis_bodies(contract: Contract, model: str) -> st.SearchStrategy[bytes]:
    """Generate encoded bodies with Schemathesis, about a quarter of them in its positive mode.

    Every string in ``model`` is replaced by *model*, because a target rejects a request for an unknown model, whatever
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
    return cases.map(lambda case: _body(case, model)).filter(lambda body: len(body) <= MAX_BYTES)


def _body(case: Any, model: str) -> bytes:
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        body = {**body, "model": model}
    if isinstance(body, bytes):
        return body
    return b"" if type(body).__name__ == "NotSet" else encode(body)
