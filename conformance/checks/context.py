"""The ground that all checks of a run share: contract, credentials, model, and requests made of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.credentials import Credentials
from conformance.engine import Expect, Probe
from conformance.generators import Case, invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.generators.case import encode, input_tokens, make_case
from conformance.generators.examples import base_payload
from conformance.generators.valid import depends_on_model, is_long
from conformance.http_client import Request
from conformance.validation import Validator

Headers = tuple[tuple[str, str], ...]

UNKNOWN_MODEL = "no-such-model-é"
"""Servers repeat it; one that counts characters instead of bytes then breaks its own answer off."""


class NotAdmitted(Exception):
    """The contract does not admit the request that a relation is made of; the sentence says which."""

    def __init__(self, case: Case) -> None:
        self.case = case
        violated = ", ".join(sorted(case.violations))
        super().__init__(f"the contract does not admit a request with {case.description}: {violated}")


class NotSupported(Exception):
    """A request that is needed takes a capability that the target does not claim; the sentence says which."""

    def __init__(self, lacking: Iterable[str]) -> None:
        self.lacking = tuple(sorted(lacking))
        super().__init__(f"the target does not claim {', '.join(self.lacking)}")


@dataclass(frozen=True)
class Context:
    """What checks are made from."""

    contract: Contract
    credentials: Credentials
    model: str
    tokenize: Callable[[str], list[int]] | None = None
    claims: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)

    @cached_property
    def plain(self) -> Case:
        """The plainest valid case."""
        return plain_case(self.contract, self.model)

    @cached_property
    def valid(self) -> Mapping[str, list[Case]]:
        """Valid cases by requirement id, whatever the target claims."""
        return valid_cases(self.contract, self.model)

    def lacking(self, case: Case) -> frozenset[str]:
        """The capabilities that *case* needs and the target does not claim."""
        return self.claims.lacking(payload_of(case.body))

    def claimed(self, cases: Iterable[Case]) -> list[Case]:
        """Those of the valid *cases* that the target claims to serve."""
        return [case for case in cases if not self.lacking(case)]

    @cached_property
    def invalid(self) -> Mapping[str, list[Case]]:
        """Invalid and malformed cases by requirement id."""
        broken = {**invalid_cases(self.contract, self.model), **malformed_cases(self.contract, self.model)}
        return {id: [case for case in cases if not self._is_open(case)] for id, cases in broken.items()}

    def _is_open(self, case: Case) -> bool:
        """Whether *case* may be accepted, and takes what the target does not claim: that shows nothing else."""
        return self._may_be_accepted(case) and bool(self.lacking(case))

    def _may_be_accepted(self, case: Case) -> bool:
        return {self.contract.catalogue[id].level for id in case.violations} == {"may"}

    @cached_property
    def authorized(self) -> Headers:
        """The credentials that all probes carry which are not about credentials."""
        return self.credentials.headers(self.credentials.alternative)

    @cached_property
    def authorized_by(self) -> str:
        """The id of the requirement that those credentials are accepted; everything else needs it."""
        return f"auth.accept.{self.contract.security.label_accepted(self.credentials.alternative)}"

    def acceptance_of(self, *alternatives: frozenset[str]) -> tuple[str, ...]:
        """The requirements that the credentials of *alternatives*, and those that all probes carry, are accepted."""
        accepted = [f"auth.accept.{self.contract.security.label_accepted(names)}" for names in alternatives]
        return tuple(dict.fromkeys((self.authorized_by, *accepted)))

    def alternative_with(self, name: str) -> frozenset[str] | None:
        """An alternative that needs the credential *name* and was given whole; None where there is none."""
        given = self.credentials.given.keys()
        return next((a for a in self.contract.security.alternatives if name in a and a <= given), None)

    @cached_property
    def most_texts(self) -> int:
        """The most texts that one request may hold, by the contract and by what the target claims."""
        node = self.contract.request.properties["input"]
        bounds = [
            bound
            for form in (node, *node.branches)
            if form.items is not None and form.items.type == "string"
            if isinstance(bound := form.node.get("maxItems"), int)
        ]
        if "batch" in self.claims.unsupported:
            bounds.append(1)
        return min([*bounds, self.claims.limits.get("batch", sys.maxsize)])

    def several(self, wanted: int) -> int:
        """How many texts, of those *wanted*, a batch holds. Raises NotSupported where the target claims no batches."""
        if lacking := self.claims.lacking({"input": ["a", "text"]}):
            raise NotSupported(lacking)
        return min(wanted, self.most_texts)

    @cached_property
    def canary(self) -> Probe:
        """A plainly valid request."""
        return self.probe(self.plain, Expect.ACCEPT)

    def probe(self, case: Case, expect: Expect) -> Probe:
        """The probe that sends *case* with valid credentials.

        One that violates nothing but what a profile has made a MAY may get either answer.
        """
        expect = Expect.EITHER if self._may_be_accepted(case) else expect
        return self.plain_probe(case.description, expect, body=case.body)

    def relating(
        self, description: str, value: object, *, occurrence: object = 0, **properties: object
    ) -> Probe:
        """The probe of a valid request with *value* as its input and the optional *properties* as given.

        Raises NotAdmitted if the contract does not admit it, NotSupported if the target does not support it.
        """
        payload = base_payload(self.contract, self.model) | {"input": value, "model": self.model} | properties
        case = make_case(self.contract, "", description, payload)
        if not case.valid:
            raise NotAdmitted(case)
        if lacking := self.lacking(case):
            raise NotSupported(lacking)
        return replace(self.accepting(case), occurrence=occurrence)

    def needs_of(self, *values: object) -> tuple[str, ...]:
        """The requirements that valid credentials, and the forms of the inputs *values*, are accepted."""
        node = self.contract.request.properties["input"]
        forms = [
            b.id_of("type")
            for v in values
            for b in node.branches
            if Validator(b, self.contract.catalogue).accepts(v)
        ]
        return (self.authorized_by, *dict.fromkeys(forms))

    def accepting(self, case: Case) -> Probe:
        """The probe for a valid *case*: accepted, or either where that is the model's to say, or the target's."""
        payload = json.loads(case.body)
        models_to_say = self.is_sized(case) or is_long(payload.get("input"))
        is_open = models_to_say or self.claims.may_lack(payload)
        return self.probe(case, Expect.EITHER if is_open else Expect.ACCEPT)

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

    def changed(self, **properties: object) -> bytes:
        """The body of the plainest valid request with other values for some *properties*."""
        return encode(json.loads(self.plain.body) | properties)

    @cached_property
    def unknown_model(self) -> Probe:
        """A request for a model that nobody has."""
        body = self.changed(model=UNKNOWN_MODEL)
        return self.plain_probe("a model that nobody has", Expect.EITHER, body=body)

    @cached_property
    def refusals(self) -> tuple[Probe, ...]:
        """A refusal of each kind that servers have code of its own for: of body, media type, model and method."""
        return (
            *(self.probe(cases[0], Expect.REJECT) for cases in self.invalid.values() if cases),
            self.plain_probe("Content-Type text/plain", Expect.REJECT, media_type="text/plain"),
            self.unknown_model,
            self.plain_probe("the method DELETE", Expect.REJECT, method="DELETE"),
        )

    def is_sized(self, case: Case) -> bool:
        """Whether *case* has a property that only some models know what to do with."""
        payload = json.loads(case.body)
        properties = self.contract.request.properties
        return any(depends_on_model(node) for name, node in properties.items() if name in payload)


def payload_of(body: bytes) -> object:
    """The value that *body* is the JSON of; None where it is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None
