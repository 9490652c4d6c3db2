"""Schemathesis's generators as a source of payloads: the one place that knows that package.

Its intent is no oracle. Measured on this contract, 39 % of what it generates as negative has a valid body, and its
positive mode begins with two empty strings: every payload is classified by our own validator.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.contract import Contract

from .case import encode

LONGEST = 2000
"""Bytes of a body; a target bills by the token, and long texts are for directed probes."""


def foreign_bodies(contract: Contract, model: str) -> st.SearchStrategy[bytes]:
    """Encoded bodies from Schemathesis's positive and negative modes.

    A model of any name is *model*: one that nobody has would be refused, whatever else the request says.
    """
    import schemathesis
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_dict(dict(contract.document))
    operation: Any = schema[contract.path][contract.method.upper()]
    negative, positive = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)
    )
    cases: st.SearchStrategy[Any] = st.integers(0, 3).flatmap(lambda n: negative if n else positive)
    return cases.map(lambda case: _body(case, model)).filter(lambda body: len(body) <= LONGEST)


def _body(case: Any, model: str) -> bytes:
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        body = {**body, "model": model}
    if isinstance(body, bytes):
        return body
    return b"" if type(body).__name__ == "NotSet" else encode(body)
