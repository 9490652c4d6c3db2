"""The ground that all checks of a run share: contract, credentials, model, and requests made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.contract import Contract
from conformance.engine import Expect, Probe
from conformance.probes import Case, invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.probes.case import input_tokens
from conformance.probes.valid import depends_on_model, is_long
from conformance.target import Request

from .credentials import Credentials

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Context:
    """What checks are made from."""

    contract: Contract
    credentials: Credentials
    model: str

    @cached_property
    def plain(self) -> Case:
        """The plainest valid case."""
        return plain_case(self.contract, self.model)

    @cached_property
    def valid(self) -> Mapping[str, list[Case]]:
        """Valid cases by requirement id."""
        return valid_cases(self.contract, self.model)

    @cached_property
    def invalid(self) -> Mapping[str, list[Case]]:
        """Invalid and malformed cases by requirement id."""
        return {**invalid_cases(self.contract, self.model), **malformed_cases(self.contract, self.model)}

    @cached_property
    def authorized(self) -> Headers:
        """The credentials that all probes carry which are not about credentials."""
        return self.credentials.headers(self.credentials.alternative)

    @cached_property
    def authorized_by(self) -> str:
        """The id of the requirement that those credentials are accepted; everything else needs it."""
        return f"auth.accept.{self.contract.security.label_accepted(self.credentials.alternative)}"

    @cached_property
    def canary(self) -> Probe:
        """A plainly valid request."""
        return self.probe(self.plain, Expect.ACCEPT)

    def probe(self, case: Case, expect: Expect) -> Probe:
        """The probe that sends *case* with valid credentials."""
        return self.plain_probe(case.description, expect, body=case.body)

    def accepting(self, case: Case) -> Probe:
        """The probe for a valid *case*: accepted, or either where that is the model's to say."""
        return self.probe(case, Expect.EITHER if self._depends_on_model(case) else Expect.ACCEPT)

    def plain_probe(
        self,
        description: str,
        expect: Expect,
        *,
        headers: Headers | None = None,
        body: bytes | tuple[bytes, ...] | None = None,
        method: str | None = None,
        media_type: str | None = None,
    ) -> Probe:
        """A probe that differs from the plainest valid request in what is given."""
        kind = self.contract.media_type if media_type is None else media_type
        body = self.plain.body if body is None else body
        request = Request(
            headers=(("Content-Type", kind), *(self.authorized if headers is None else headers)),
            body=body,
            method=(method or self.contract.method).upper(),
            path=self.contract.path,
        )
        whole = body if isinstance(body, bytes) else b"".join(body)
        return Probe(description, request, expect, input_tokens(whole))

    def _depends_on_model(self, case: Case) -> bool:
        payload = json.loads(case.body)
        properties = self.contract.request.properties
        sized = any(depends_on_model(node) for name, node in properties.items() if name in payload)
        return sized or is_long(payload.get("input"))
