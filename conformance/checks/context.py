"""The context that all checks of a run share: contract, credentials, model, and the probes built from them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.credentials import Credentials
from conformance.contract.examples import base_payload
from conformance.engine import Expect, Probe
from conformance.generators import Case, invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.generators.case import encode, input_count, input_tokens, make_case, payload_of
from conformance.generators.valid import depends_on_model, is_long
from conformance.http_client import Request
from conformance.validation import Validator
from conformance.validation.semantic_rules import count_inputs

from .answers import Answers
from .echoes import MIN_SECRET
from .whole_run import WholeRun

Headers = tuple[tuple[str, str], ...]

CLIENT = "a-client-of-several-requests"
"""The value of properties that name the client."""

UNKNOWN_MODEL = "no-such-model-é"
"""Servers repeat it in their response. One that counts characters instead of bytes then truncates the response."""


VECTOR_BYTES = 256 * 1024
"""Bytes of the longest vector in JSON: 8,192 numbers of 32 characters."""

OTHER_BYTES = 1024 * 1024
"""Bytes of everything else in a response."""


BURST = 32
"""Requests in the burst at the end of a run."""


class NotAllowed(Exception):
    """The contract does not allow a request that a check needs; the message names the request and the violation."""

    def __init__(self, case: Case) -> None:
        self.case = case
        violated = ", ".join(sorted(case.violations))
        super().__init__(f"the contract does not allow a request with {case.description}: {violated}")


class NotSupported(Exception):
    """A check's request needs capabilities that are declared unsupported or limited; the message names them."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(sorted(missing))
        super().__init__(f"declared unsupported or limited: {', '.join(self.missing)}")


@dataclass(frozen=True)
class Context:
    """The inputs of all checks.

    *model* is used in every request, *tokenize* is None without a tokenizer, *burst* is the number of requests in the
    burst at the end of the run.
    """

    contract: Contract
    credentials: Credentials
    model: str
    tokenize: Callable[[str], list[int]] | None = None
    capabilities: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)
    burst: int = BURST

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The given secrets that are long enough to be searched for in responses."""
        given = (str(self.credentials.given[scheme.name]) for scheme in self.credentials.secrets)
        return tuple(dict.fromkeys(secret for secret in given if len(secret) >= MIN_SECRET))

    @cached_property
    def answers(self) -> Answers:
        """The facts of the responses."""
        return Answers(self.contract, self.secrets)

    @cached_property
    def whole_run(self) -> WholeRun:
        """What all exchanges show together."""
        return WholeRun(self.contract, self.answers, self.canary.request, self.secrets)

    @cached_property
    def plain(self) -> Case:
        """The plainest valid case."""
        return plain_case(self.contract, self.model)

    @cached_property
    def valid(self) -> Mapping[str, list[Case]]:
        """Valid cases by requirement id, including those that are declared unsupported."""
        return valid_cases(self.contract, self.model)

    def missing(self, case: Case) -> frozenset[str]:
        """The capabilities that *case* needs and that are declared unsupported."""
        return self.capabilities.missing(payload_of(case.body))

    def supported(self, cases: Iterable[Case]) -> list[Case]:
        """The valid *cases* that are not declared unsupported."""
        return [case for case in cases if not self.missing(case)]

    @cached_property
    def invalid(self) -> Mapping[str, list[Case]]:
        """Invalid and malformed cases by requirement id.

        A case that may be accepted but is declared unsupported is left out: a rejection would prove nothing.
        """
        cases = {**invalid_cases(self.contract, self.model), **malformed_cases(self.contract, self.model)}
        return {
            id: [case for case in found if not (self._may_be_accepted(case) and self.missing(case))]
            for id, found in cases.items()
        }

    def _may_be_accepted(self, case: Case) -> bool:
        return {self.contract.catalogue[id].level for id in case.violations} == {"may"}

    @cached_property
    def authorized(self) -> Headers:
        """The credentials of all probes whose subject is not credentials."""
        return self.credentials.headers(self.credentials.alternative)

    @cached_property
    def anonymous(self) -> Headers:
        """The headers of a request without credentials."""
        return self.credentials.headers(())

    @cached_property
    def authorized_by(self) -> str:
        """The id of the requirement that ``authorized`` is accepted; all other checks need it."""
        return f"auth.accept.{self.contract.security.label_accepted(self.credentials.alternative)}"

    def acceptance_of(self, *alternatives: frozenset[str]) -> tuple[str, ...]:
        """The ids of the requirements that ``authorized`` and the credentials of *alternatives* are accepted."""
        accepted = [f"auth.accept.{self.contract.security.label_accepted(names)}" for names in alternatives]
        return tuple(dict.fromkeys((self.authorized_by, *accepted)))

    @cached_property
    def given_alternatives(self) -> list[frozenset[str]]:
        """The alternatives of the contract for which the user gave all credentials."""
        given = self.credentials.given.keys()
        return [names for names in self.contract.security.alternatives if names <= given]

    def alternative_with(self, name: str) -> frozenset[str] | None:
        """A given alternative that needs the credential *name*; None if there is none."""
        return next((names for names in self.given_alternatives if name in names), None)

    @cached_property
    def max_texts(self) -> int:
        """The maximum number of texts in one request, by the contract and by the declared capabilities."""
        node = self.contract.form.properties["input"]
        limits = [
            limit
            for form in (node, *node.branches)
            if form.items is not None and form.items.type == "string"
            if isinstance(limit := form.node.get("maxItems"), int)
        ]
        if "batch" in self.capabilities.unsupported:
            limits.append(1)
        return min([*limits, self.capabilities.limits.get("batch", sys.maxsize)])

    def batch_size(self, wanted: int) -> int:
        """The size of a batch: *wanted*, or fewer within the limits. Raises NotSupported without batches."""
        if missing := self.capabilities.missing({"input": ["a", "text"]}):
            raise NotSupported(missing)
        return min(wanted, self.max_texts)

    @cached_property
    def canary(self) -> Probe:
        """A plainly valid request."""
        return self.case_probe(self.plain, Expect.ACCEPT)

    def case_probe(self, case: Case, expect: Expect) -> Probe:
        """The probe that sends *case* with valid credentials.

        If a profile has lowered all its violations to MAY, the target may accept or reject it.
        """
        expect = Expect.EITHER if self._may_be_accepted(case) else expect
        return self.plain_probe(case.description, expect, body=case.body)

    def valid_case_probe(self, case: Case) -> Probe:
        """The probe for a valid *case*. Expects either if support depends on the model or is not declared."""
        payload = payload_of(case.body)
        depends_on_target = (
            self.is_sized(case)
            or is_long(payload.get("input"))
            or self.capabilities.possibly_missing(payload)
        )
        return self.case_probe(case, Expect.EITHER if depends_on_target else Expect.ACCEPT)

    def input_probe(
        self, description: str, value: object, *, occurrence: object = 0, **properties: object
    ) -> Probe:
        """The probe of a valid request with *value* as its input, and with these optional *properties*.

        Raises NotAllowed if the contract does not allow it, NotSupported if the target does not support it.
        """
        payload = base_payload(self.contract, self.model) | {"input": value, "model": self.model} | properties
        case = make_case(self.contract, "", description, payload)
        if not case.valid:
            raise NotAllowed(case)
        if missing := self.missing(case):
            raise NotSupported(missing)
        return replace(self.valid_case_probe(case), occurrence=occurrence)

    def each_alone(self, texts: Iterable[str]) -> list[Probe]:
        """A probe for each text, as a single input."""
        return [self.input_probe(f"the text {text[:40]!r} alone", text) for text in texts]

    def can_send(self, value: object, **properties: object) -> bool:
        """Whether ``input_probe`` makes a request of these."""
        try:
            self.input_probe("an input", value, **properties)
        except (NotAllowed, NotSupported):
            return False
        return True

    def needs_of(self, *values: object) -> tuple[str, ...]:
        """The ids of the requirements that valid credentials, and inputs of the form of *values*, are accepted."""
        node = self.contract.form.properties["input"]
        forms = [
            b.id_of("type")
            for v in values
            for b in node.branches
            if b.id_of("type") in self.contract.catalogue and Validator(b, self.contract.catalogue).accepts(v)
        ]
        return (self.authorized_by, *dict.fromkeys(forms))

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
        """The plainest valid request, except for the given parts."""
        kind = self.contract.media_type if media_type is None else media_type
        body = self.plain.body if body is None else body
        request = Request(
            headers=(("Content-Type", kind), *(self.authorized if headers is None else headers)),
            body=body,
            method=(method or self.contract.method).upper(),
            path=self.contract.path,
            response_limit=response_limit(body),
        )
        whole = body if isinstance(body, bytes) else b"".join(body)
        return Probe(description, request, expect, input_tokens(whole), inputs=input_count(whole))

    def plain_body(self, **changes: object) -> bytes:
        """The body of the plainest valid request, with other values for some properties."""
        return encode(payload_of(self.plain.body) | changes)

    @cached_property
    def unknown_model(self) -> Probe:
        """A request for a model that no target has."""
        body = self.plain_body(model=UNKNOWN_MODEL)
        return self.plain_probe("an unknown model", Expect.EITHER, body=body)

    @cached_property
    def rejected_probes(self) -> tuple[Probe, ...]:
        """Invalid requests that servers reject in different parts of their code: body, media type, model, method."""
        return (
            *(self.case_probe(cases[0], Expect.REJECT) for cases in self.invalid.values() if cases),
            self.plain_probe("Content-Type text/plain", Expect.REJECT, media_type="text/plain"),
            self.unknown_model,
            self.plain_probe("the method DELETE", Expect.REJECT, method="DELETE"),
        )

    @cached_property
    def sized_properties(self) -> tuple[str, ...]:
        """The properties for the length of a vector, which only some models support, such as ``dimensions``."""
        properties = self.contract.form.properties
        return tuple(name for name, node in properties.items() if depends_on_model(node))

    def clients(self, value: object) -> list[Mapping[str, str]]:
        """For each optional property with any text, such as the name of the client: the same text for each request.

        Only those that the contract allows beside the input *value*.
        """
        root = self.contract.form
        free = [n for n, node in root.properties.items() if node.type == "string" and "enum" not in node.node]
        chosen: list[Mapping[str, str]] = [{name: CLIENT} for name in free if name not in root.required]
        return [client for client in chosen if self.can_send(value, **client)]

    def is_sized(self, case: Case) -> bool:
        """Whether *case* has a property for the length of a vector."""
        return not set(self.sized_properties).isdisjoint(payload_of(case.body))


def response_limit(body: bytes | tuple[bytes, ...]) -> int:
    """Bytes of the largest body that a response to the request *body* can need."""
    payload = payload_of(body if isinstance(body, bytes) else b"".join(body))
    count = count_inputs(payload.get("input")) if isinstance(payload, dict) else None
    return OTHER_BYTES + VECTOR_BYTES * (count or 1)
