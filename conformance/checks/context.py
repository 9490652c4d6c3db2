"""The context that all checks of a run share: contract, credentials, model, and the probes built from them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.contract import ANY_MODEL
from conformance.contract.credentials import Credentials
from conformance.contract.openapi.media_types import admits_media_type
from conformance.contract.roles import Roles, merged_payload
from conformance.contract.sent_parameters import NO_CHANGES, Changes, SentParameters
from conformance.engine import Expect, Probe
from conformance.generators import (
    Case,
    invalid_cases,
    malformed_cases,
    plain_case,
    valid_cases,
    without_violation,
)
from conformance.generators.case import encode_payload, input_count, input_tokens, make_case, payload_of
from conformance.generators.invented import has_invented_text
from conformance.generators.valid import depends_on_model, is_long
from conformance.http_client import Request
from conformance.validation import Validator

from .answers import Answers
from .echoes import MIN_SECRET
from .not_sent import NotAllowed, NotSupported, undescribed_reason
from .response_limits import response_limit
from .whole_run import WholeRun

Headers = tuple[tuple[str, str], ...]

CLIENT = "a-client-of-several-requests"
"""The value of properties that name the client."""

UNKNOWN_MODEL = "no-such-model-é"
"""Servers repeat it in their response. One that counts characters instead of bytes then truncates the response."""


LARGE = 2**16
"""Bytes of a body from which equal ones are kept once."""

BURST = 32
"""Requests in the burst at the end of a run."""


@dataclass(frozen=True)
class Context:
    """The inputs of all checks.

    *other* are the credentials of another tenant, if the user gave them.
    *model* is used in every request; None if the contract has none, or needs none. *tokenize* is None without a
    tokenizer, *burst* is the number of requests in the burst at the end of the run. *parameters* are the given values
    of the contract's parameters, *base_path* is the path of the base URL.
    """

    contract: Contract
    credentials: Credentials
    model: str | None
    tokenize: Callable[[str], list[int]] | None = None
    capabilities: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)
    burst: int = BURST
    parameters: Mapping[str, str] = field(default_factory=dict)
    base_path: str = ""
    other: Credentials | None = None
    _large: dict[bytes, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def sent(self) -> SentParameters:
        """The path, the query and the headers of requests. Raises ParameterError."""
        return SentParameters.choose(
            self.contract.path,
            self.contract.parameters,
            self.parameters,
            base_path=self.base_path,
            model=self.model or self.contract.example_model or ANY_MODEL,
            headers=self.credentials.extra,
        )

    @property
    def roles(self) -> Roles:
        """The names of the properties of requests and responses."""
        return self.contract.roles

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The given secrets that are long enough to be searched for in responses."""
        others = secrets_of(self.other) if self.other is not None else ()
        return (*secrets_of(self.credentials), *others)

    @cached_property
    def answers(self) -> Answers:
        """The facts of the responses."""
        return Answers(self.contract, self.secrets, self.credentials.public)

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

    @cached_property
    def without_violation(self) -> Mapping[str, str]:
        """The reason why a requirement of the request schema cannot be violated by a request, by its id."""
        return without_violation(self.contract, self.model)

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
        limits = [
            limit
            for form in self.contract.batches_of_texts
            if isinstance(limit := form.node.get("maxItems"), int)
        ]
        if "batch" in self.capabilities.unsupported:
            limits.append(1)
        return min([*limits, self.capabilities.limits.get("batch", sys.maxsize)])

    def batch_size(self, wanted: int) -> int:
        """The size of a batch: *wanted*, or fewer within the limits.

        Raises NotSupported if batches are declared unsupported, NotAllowed if the contract has none.
        """
        if missing := self.capabilities.missing(self.roles.named(texts=["a", "text"])):
            raise NotSupported(missing)
        if not self.takes_batches:
            several = make_case(self.contract, "", "several texts", self._payload_with(["a", "text"]))
            raise NotAllowed(several, "a response has one vector" if several.valid else "")
        return min(wanted, self.max_texts)

    @cached_property
    def takes_batches(self) -> bool:
        """Whether the contract allows a list of texts, or of arrays of tokens, and a response with their vectors."""
        return not self.roles.has_one_vector and any(map(self.can_send, (["a"], [[97]])))

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
        texts = self.roles.texts_of(payload)
        depends_on_target = texts is None or self.is_sized(case) or is_long(texts)
        depends_on_target |= bool(self.capabilities.possibly_missing(payload))
        depends_on_target |= has_invented_text(self.contract, payload, payload_of(self.plain.body))
        return self.case_probe(case, Expect.EITHER if depends_on_target else Expect.ACCEPT)

    def input_probe(
        self, description: str, value: object, *, occurrence: object = 0, **properties: object
    ) -> Probe:
        """The probe of a valid request with *value* as its input, and with these optional *properties*.

        A text is sent in an array if the contract allows only arrays. Raises NotAllowed if the contract does not allow
        the request, NotSupported if the target does not support it.
        """
        payload = merged_payload(self._payload_with(value), properties)
        case = make_case(self.contract, "", description, payload)
        if not case.valid:
            raise NotAllowed(case)
        if problem := undescribed_reason(self.contract, value):
            raise NotAllowed(case, problem)
        if missing := self.missing(case):
            raise NotSupported(missing)
        return replace(self.valid_case_probe(case), occurrence=occurrence)

    def _payload_with(self, value: object) -> Any:
        texts = [value] if isinstance(value, str) and not self.contract.takes_single_texts else value
        return self.roles.with_texts(payload_of(self.plain.body), texts)

    def body_with(self, text: str) -> bytes:
        """The body of the plainest valid request with another *text*."""
        return encode_payload(self._payload_with(text))

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
        forms = [id for value in values for id, form in self._forms if form.accepts(value)]
        return (self.authorized_by, *dict.fromkeys(forms))

    @cached_property
    def _forms(self) -> Sequence[tuple[str, Validator]]:
        """The alternatives of the texts of a request, each with the id of the requirement on its type."""
        catalogue, forms = self.contract.catalogue, self.contract.forms_of_texts[1:]
        typed = [(form.id_of("type"), form) for form in forms]
        return [(id, Validator(form, catalogue)) for id, form in typed if id in catalogue]

    def plain_probe(
        self,
        description: str,
        expect: Expect,
        *,
        headers: Headers | None = None,
        body: bytes | tuple[bytes, ...] | None = None,
        method: str | None = None,
        media_type: str | None = None,
        parameters: Changes = NO_CHANGES,
    ) -> Probe:
        """The plainest valid request, except for the given parts."""
        kind = self.contract.media_type if media_type is None else media_type
        body = self.plain.body if body is None else body
        if isinstance(body, bytes) and len(body) >= LARGE:
            body = self._large.setdefault(body, body)
        others = self.authorized if headers is None else headers
        request = Request(
            headers=(
                ("Content-Type", kind),
                *self.contract.responses.accept,
                *self.sent.headers(others, parameters),
            ),
            body=body,
            method=(method or self.contract.method).upper(),
            path=self.sent.path(parameters),
            query=self.sent.query(parameters),
            response_limit=response_limit(body, self.roles),
            success=self.contract.success,
        )
        whole = body if isinstance(body, bytes) else b"".join(body)
        return Probe(
            description,
            request,
            expect,
            input_tokens(whole, self.roles),
            inputs=input_count(whole, self.roles),
        )

    def with_media_type(self, kind: str, description: str = "", body: bytes | None = None) -> Probe:
        """The plainest valid request with the media type *kind*, which is rejected unless the contract admits it."""
        expect = Expect.EITHER if admits_media_type(self.contract.media_types, kind) else Expect.REJECT
        return self.plain_probe(description or f"Content-Type {kind}", expect, media_type=kind, body=body)

    def plain_body(self, **changes: object) -> bytes:
        """The body of the plainest valid request, with other values for some properties."""
        return encode_payload(merged_payload(payload_of(self.plain.body), changes))

    @cached_property
    def unknown_models(self) -> tuple[Probe, ...]:
        """A request for a model that no target has; none if the contract has no place for a model."""
        if self.roles.model is None:
            return ()
        body = self.plain_body(**self.roles.named(model=UNKNOWN_MODEL))
        return (self.plain_probe("an unknown model", Expect.EITHER, body=body),)

    @cached_property
    def rejected_probes(self) -> tuple[Probe, ...]:
        """Invalid requests that servers reject in different parts of their code: body, media type, model, method."""
        return (
            *(self.case_probe(cases[0], Expect.REJECT) for cases in self.invalid.values() if cases),
            self.with_media_type("text/plain"),
            *self.unknown_models,
            self.plain_probe("the method DELETE", Expect.REJECT, method="DELETE"),
        )

    @cached_property
    def sized_properties(self) -> tuple[str, ...]:
        """The properties for the length of a vector, which only some models support, such as ``dimensions``."""
        return tuple(name for name in self.contract.form.properties if depends_on_model(self.contract, name))

    def clients(self, value: object) -> list[Mapping[str, str]]:
        """The property that names a client, the same for each request, if the contract allows it beside *value*."""
        chosen = [] if self.roles.user is None else [{self.roles.user: CLIENT}]
        return [client for client in chosen if self.can_send(value, **client)]

    def is_sized(self, case: Case) -> bool:
        """Whether *case* has a property for the length of a vector."""
        payload = payload_of(case.body)
        return isinstance(payload, dict) and not payload.keys().isdisjoint(self.sized_properties)


def secrets_of(credentials: Credentials) -> tuple[str, ...]:
    """The given secrets that are long enough to be searched for in responses."""
    given = (str(credentials.given[scheme.name]) for scheme in credentials.secrets)
    return tuple(dict.fromkeys(secret for secret in given if len(secret) >= MIN_SECRET))
